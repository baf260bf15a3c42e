/** The languages that code is coloured in. Each grammar is a chunk of its own, loaded when it is first met. */
import type { LanguageInput } from '@shikijs/core';

const GRAMMARS = {
  bash: () => import('@shikijs/langs/bash'),
  c: () => import('@shikijs/langs/c'),
  cpp: () => import('@shikijs/langs/cpp'),
  csharp: () => import('@shikijs/langs/csharp'),
  css: () => import('@shikijs/langs/css'),
  diff: () => import('@shikijs/langs/diff'),
  docker: () => import('@shikijs/langs/docker'),
  go: () => import('@shikijs/langs/go'),
  html: () => import('@shikijs/langs/html'),
  ini: () => import('@shikijs/langs/ini'),
  java: () => import('@shikijs/langs/java'),
  javascript: () => import('@shikijs/langs/javascript'),
  jinja: () => import('@shikijs/langs/jinja'),
  json: () => import('@shikijs/langs/json'),
  jsonc: () => import('@shikijs/langs/jsonc'),
  jsx: () => import('@shikijs/langs/jsx'),
  kotlin: () => import('@shikijs/langs/kotlin'),
  lua: () => import('@shikijs/langs/lua'),
  make: () => import('@shikijs/langs/make'),
  markdown: () => import('@shikijs/langs/markdown'),
  nix: () => import('@shikijs/langs/nix'),
  php: () => import('@shikijs/langs/php'),
  python: () => import('@shikijs/langs/python'),
  ruby: () => import('@shikijs/langs/ruby'),
  rust: () => import('@shikijs/langs/rust'),
  scss: () => import('@shikijs/langs/scss'),
  sql: () => import('@shikijs/langs/sql'),
  swift: () => import('@shikijs/langs/swift'),
  toml: () => import('@shikijs/langs/toml'),
  tsx: () => import('@shikijs/langs/tsx'),
  typescript: () => import('@shikijs/langs/typescript'),
  xml: () => import('@shikijs/langs/xml'),
  yaml: () => import('@shikijs/langs/yaml'),
} satisfies Record<string, () => Promise<{ default: LanguageInput }>>;

export type Language = keyof typeof GRAMMARS;

// What people and file names call them.
const ALIASES: Readonly<Record<string, Language>> = {
  cc: 'cpp',
  cfg: 'ini',
  conf: 'ini',
  console: 'bash',
  cs: 'csharp',
  dockerfile: 'docker',
  golang: 'go',
  h: 'c',
  hpp: 'cpp',
  htm: 'html',
  j2: 'jinja',
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  kt: 'kotlin',
  makefile: 'make',
  md: 'markdown',
  mdx: 'markdown',
  patch: 'diff',
  py: 'python',
  pyi: 'python',
  rb: 'ruby',
  rs: 'rust',
  service: 'ini',
  sh: 'bash',
  shell: 'bash',
  svg: 'xml',
  ts: 'typescript',
  cts: 'typescript',
  mts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
};

export const grammar = (language: Language) => GRAMMARS[language]();

/** The language of this name ("ts", "Python"); null for one that is not coloured. */
export function languageNamed(name: string | null | undefined): Language | null {
  const key = name?.toLowerCase() ?? '';
  if (Object.hasOwn(GRAMMARS, key)) return key as Language;
  return Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? null) : null;
}

/** The language of a file, by the end of its name, or by the whole name ("Makefile"). */
export function languageOf(path: string): Language | null {
  const name = path.split('/').pop() ?? '';
  return languageNamed(name.includes('.') ? name.split('.').pop() : name);
}
