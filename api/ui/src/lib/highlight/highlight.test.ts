import { expect, test } from 'vitest';

import { highlight, highlighted } from './highlight';
import { languageNamed, languageOf } from './languages';

test('a language is known by its names and by the names of files', () => {
  expect(languageNamed('TS')).toBe('typescript');
  expect(languageNamed('golang')).toBe('go');
  expect(languageNamed('constructor')).toBeNull();
  expect(languageNamed(undefined)).toBeNull();
  expect(languageOf('/a/b/Makefile')).toBe('make');
  expect(languageOf('site.yml')).toBe('yaml');
  expect(languageOf('LICENSE')).toBeNull();
});

test('the lines together are the code, and its words have their classes', async () => {
  const code = 'def greet(name):  # says hello\n    return "hello " + name';
  const lines = await highlight(code, 'python');
  expect(lines.map((line) => line.map(({ text }) => text).join('')).join('\n')).toBe(code);
  const look = (word: string) => lines.flat().find(({ text }) => text.includes(word))?.look;
  expect(look('def')).toContain('keyword');
  expect(look('greet')).toContain('function');
  expect(look('says hello')).toContain('comment');
  expect(look('hello ')).toBeDefined();
  expect(highlighted(code, 'python')).toBe(lines);
});

test.each([
  'bash',
  'cpp',
  'typescript',
  'tsx',
  'yaml',
  'rust',
  'php',
  'markdown',
  'docker',
  'swift',
] as const)('the grammar of %s works without WebAssembly', async (language) => {
  const lines = await highlight('FROM x\nlet a = "b"; // c\n# d: 1\n', language);
  expect(lines.flat().some(({ look }) => look !== '')).toBe(true);
});
