import { beforeEach, expect, test } from 'vitest';

import { keepCommands, keptCommands } from './known-commands';

const DEPLOY = [{ name: 'deploy' }];

beforeEach(() => localStorage.clear());

test('a folder has the commands that were told there last, and so have the worktrees of its repository', () => {
  keepCommands('/work/shop', [{ name: 'old' }]);
  keepCommands('/work/shop/.claude/worktrees/one', DEPLOY);
  keepCommands('/work/blog', []);
  expect(keptCommands('/work/shop')).toEqual(DEPLOY);
  expect(keptCommands('/work/shop/.claude/worktrees/two')).toEqual(DEPLOY);
  expect(keptCommands('/work/blog')).toEqual([]);
  expect(keptCommands('/work')).toEqual([]);
});

test('the folders that were used longest ago are forgotten', () => {
  for (let number = 0; number < 30; number++) keepCommands(`/work/${number}`, DEPLOY);
  expect(keptCommands('/work/29')).toEqual(DEPLOY);
  expect(keptCommands('/work/0')).toEqual([]);
});

test('what somebody else has written there is nothing', () => {
  localStorage.setItem('commands', '{');
  expect(keptCommands('/work')).toEqual([]);
  keepCommands('/work', DEPLOY);
  expect(keptCommands('/work')).toEqual(DEPLOY);
});
