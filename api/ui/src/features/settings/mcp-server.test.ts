import { expect, test } from 'vitest';

import { NO_SERVER, readServer, summary, typed } from './mcp-server';

test('what is typed becomes a server, and a server what was typed', () => {
  const text = {
    ...NO_SERVER,
    name: 'files',
    command: 'npx',
    args: '-y\nserver with spaces\n--flag=1',
    env: 'TOKEN=a=b\nEMPTY=',
  };
  const server = readServer(text);
  expect(server).toEqual({
    name: 'files',
    scope: 'user',
    type: 'stdio',
    command: 'npx',
    args: ['-y', 'server with spaces', '--flag=1'],
    env: { TOKEN: 'a=b', EMPTY: '' },
  });
  expect(typed(server)).toEqual(text);
  expect(summary(server)).toBe('npx -y server with spaces --flag=1');
});

test('a remote server has an address and headers, and nothing of a command', () => {
  const text = {
    ...NO_SERVER,
    type: 'http' as const,
    command: 'x',
    url: ' https://a ',
    headers: 'X-Key:  k:1 \n',
  };
  expect(readServer(text)).toEqual({
    name: '',
    scope: 'user',
    type: 'http',
    url: 'https://a',
    headers: { 'X-Key': 'k:1' },
  });
});

test('a line that is not understood is named', () => {
  expect(() => readServer({ ...NO_SERVER, env: 'TOKEN' })).toThrow('“TOKEN” has no =');
});
