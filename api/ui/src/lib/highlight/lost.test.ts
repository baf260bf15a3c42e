import { expect, test, vi } from 'vitest';

import { highlight } from './highlight';

let lost = true;

vi.mock('@shikijs/core', async (original) => {
  const real = await original<typeof import('@shikijs/core')>();
  return {
    ...real,
    createHighlighterCore: (...options: Parameters<typeof real.createHighlighterCore>) =>
      lost ? Promise.reject(new Error('lost')) : real.createHighlighterCore(...options),
  };
});

test('code is coloured again once the files for it have come', async () => {
  await expect(highlight('a = 1', 'python')).rejects.toThrow('lost');
  lost = false;
  expect(await highlight('a = 1', 'python')).toHaveLength(1);
});
