import { beforeEach, expect, test } from 'vitest';

import { keepCommands, keptCommands } from './known-commands';

const DEPLOY = [{ name: 'deploy' }];

beforeEach(() => localStorage.clear());

test('a folder has the commands that were told there last, and so have the worktrees of its repository', () => {
  keepCommands('/srv/shop', [{ name: 'old' }]);
  keepCommands('/srv/shop/.claude/worktrees/one', DEPLOY);
  keepCommands('/srv/blog', []);
  expect(keptCommands('/srv/shop')).toEqual(DEPLOY);
  expect(keptCommands('/srv/shop/.claude/worktrees/two')).toEqual(DEPLOY);
  expect(keptCommands('/srv/blog')).toEqual([]);
  expect(keptCommands('/work')).toEqual([]);
});

test('the folders that were used longest ago are forgotten', () => {
  for (let number = 0; number < 30; number++) keepCommands(`/srv/${number}`, DEPLOY);
  expect(keptCommands('/srv/29')).toEqual(DEPLOY);
  expect(keptCommands('/srv/0')).toEqual([]);
});

test('what somebody else has written there is nothing', () => {
  localStorage.setItem('commands', '{');
  expect(keptCommands('/work')).toEqual([]);
  keepCommands('/work', DEPLOY);
  expect(keptCommands('/work')).toEqual(DEPLOY);
});
