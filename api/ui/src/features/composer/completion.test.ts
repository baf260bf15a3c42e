import { describe, expect, it } from 'vitest';

import { commandChoices, complete, fileChoices, wordAt } from './completion';

const commands = [
  { name: 'review', description: 'Review a pull request' },
  { name: 'compact', argumentHint: '[instructions]' },
  { name: 'preview' },
];

describe('wordAt', () => {
  it.each([
    ['/', 1, 'command', ''],
    ['/rev', 4, 'command', 'rev'],
    ['/rev', 2, 'command', 'r'],
    ['see @src/ma', 11, 'file', 'src/ma'],
    ['@', 1, 'file', ''],
    ['one\n@"my', 8, 'file', 'my'],
  ] as const)('finds the word in %j at %i', (text, caret, kind, query) => {
    expect(wordAt(text, caret)).toMatchObject({ kind, query });
  });

  it.each([
    ['say /rev', 8],
    ['/rev it', 7],
    ['a@b.org', 7],
    ['', 0],
  ])('finds none in %j at %i', (text, caret) => {
    expect(wordAt(text, caret)).toBeNull();
  });
});

describe('choices', () => {
  it('puts commands that begin with what was typed first', () => {
    expect(commandChoices(commands, 'REV').map(({ title }) => title)).toEqual(['/review', '/preview']);
    expect(commandChoices(commands, '')).toHaveLength(3);
    expect(commandChoices(commands, 'com')[0]).toMatchObject({ hint: '[instructions]', about: null });
  });

  it('goes on into folders, and quotes what has spaces', () => {
    const choices = fileChoices([
      { path: 'src/', type: 'folder' },
      { path: 'my notes.md', type: 'file' },
    ]);
    expect(choices.map(({ text }) => text)).toEqual(['@src/', '@"my notes.md" ']);
  });
});

describe('complete', () => {
  it('takes the place of the word alone', () => {
    const [choice] = fileChoices([{ path: 'src/main.py', type: 'file' }]);
    const word = wordAt('see @ma please', 7);
    expect(complete('see @ma please', word!, choice!)).toEqual({
      text: 'see @src/main.py please',
      caret: 17,
    });
    expect(complete('see @ma', word!, choice!)).toEqual({ text: 'see @src/main.py ', caret: 17 });
  });
});
