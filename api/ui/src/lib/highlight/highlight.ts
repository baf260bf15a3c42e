/** Colours code. What was coloured before is there at once, so that scrolling back shows no plain code first. */
import type { HighlighterCore } from '@shikijs/core';

import { grammar, type Language } from './languages';

export interface Token {
  readonly text: string;
  /** The class that colours it; empty for plain text. */
  readonly look: string;
}

export type TokenLine = readonly Token[];

// Colouring is for reading. Nobody reads so much, and a phone would be busy for a second.
const MAX_LENGTH = 60_000;
const MAX_LINE = 2_000;
const KEPT = 300;

const known = new Map<string, readonly TokenLine[]>();
let highlighter: Promise<HighlighterCore> | null = null;

async function createHighlighter(): Promise<HighlighterCore> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }, { theme }] = await Promise.all([
    import('@shikijs/core'),
    import('@shikijs/engine-javascript'),
    import('./theme'),
  ]);
  // A pattern that JavaScript cannot express colours nothing; the rest of its grammar still does.
  return createHighlighterCore({ themes: [theme], engine: createJavaScriptRegexEngine({ forgiving: true }) });
}

const keyOf = (code: string, language: Language) => `${language}\n${code}`;

/** The lines of `code` if they were coloured before. */
export function highlighted(code: string, language: Language | null): readonly TokenLine[] | null {
  return (language && known.get(keyOf(code, language))) ?? null;
}

/** Whether there is something to colour. */
export function isHighlightable(code: string, language: Language | null): language is Language {
  return language !== null && code.length <= MAX_LENGTH;
}

export async function highlight(code: string, language: Language): Promise<readonly TokenLine[]> {
  const key = keyOf(code, language);
  const before = known.get(key);
  if (before) return before;
  highlighter ??= createHighlighter().catch((error: unknown) => {
    highlighter = null; // its files are asked for again with the next code
    throw error;
  });
  const core = await highlighter;
  if (!core.getLoadedLanguages().includes(language)) await core.loadLanguage(grammar(language));
  const { lookOf } = await import('./theme');
  const tokens = core.codeToTokensBase(code, {
    lang: language,
    theme: 'classes',
    tokenizeMaxLineLength: MAX_LINE,
  });
  const lines = tokens.map((line) =>
    line.map(({ content, color }) => ({ text: content, look: lookOf(color) })),
  );
  known.set(key, lines);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return lines;
}
