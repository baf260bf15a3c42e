/** A difference, as people read it: removed lines above added ones, in the colours of the language. */
import { clsx } from 'clsx';
import { memo, useMemo } from 'react';

import { languageOf, useHighlight, type Language, type Token, type TokenLine } from '@/lib/highlight';
import type { DiffLine, FileDiff, Hunk } from './hunks';
import { changedWords, type Span } from './words';

const LOOKS = {
  context: { row: '', sign: ' ', word: '', say: '' },
  added: { row: 'bg-success-soft', sign: '+', word: 'bg-success/12', say: 'added: ' },
  removed: { row: 'bg-danger-soft', sign: '−', word: 'bg-danger/12', say: 'removed: ' },
} as const;

interface DiffViewProps {
  diff: FileDiff;
  /** Known only where the whole file was compared. */
  lineNumbers?: boolean;
  language?: Language | null;
}

export const DiffView = memo(function DiffView({ diff, lineNumbers = false, language }: DiffViewProps) {
  const { path, hunks } = diff;
  if (hunks.length === 0) return <p className="p-3 text-sm text-muted">Nothing changes.</p>;
  return (
    <div className="w-max min-w-full py-1 font-mono text-sm">
      {hunks.map((hunk, number) => (
        <div key={number}>
          {number > 0 && <div aria-hidden className="my-1 border-t border-dashed" />}
          <HunkView {...{ hunk, lineNumbers }} language={language ?? (path ? languageOf(path) : null)} />
        </div>
      ))}
    </div>
  );
});

function useSide(hunk: Hunk, without: DiffLine['kind'], language: Language | null) {
  const code = useMemo(
    () =>
      hunk.lines
        .filter(({ kind }) => kind !== without)
        .map(({ text }) => text)
        .join('\n'),
    [hunk, without],
  );
  return useHighlight(code, language);
}

interface HunkProps {
  hunk: Hunk;
  lineNumbers: boolean;
  language: Language | null;
}

function HunkView({ hunk, lineNumbers, language }: HunkProps) {
  const before = useSide(hunk, 'added', language);
  const after = useSide(hunk, 'removed', language);
  const words = useMemo(() => changedWords(hunk.lines), [hunk]);
  let [old, fresh] = [0, 0];
  return hunk.lines.map((line, number) => {
    const tokens = line.kind === 'removed' ? before?.[old] : after?.[fresh];
    if (line.kind !== 'added') old++;
    if (line.kind !== 'removed') fresh++;
    return <Line key={number} {...{ line, lineNumbers }} tokens={tokens} words={words.get(number)} />;
  });
}

interface LineProps {
  line: DiffLine;
  lineNumbers: boolean;
  tokens: TokenLine | undefined;
  words: readonly Span[] | undefined;
}

function Line({ line, lineNumbers, tokens, words }: LineProps) {
  const { row, sign, word, say } = LOOKS[line.kind];
  return (
    <div className={clsx('flex min-h-[1.45em] pr-3', row)}>
      {lineNumbers && (
        <span aria-hidden className="w-10 shrink-0 pr-2 text-right text-muted select-none">
          {line.after ?? line.before}
        </span>
      )}
      <span aria-hidden className="w-6 shrink-0 text-center text-muted select-none">
        {sign}
      </span>
      <span className="whitespace-pre">
        {say && <span className="sr-only">{say}</span>}
        {marked(tokens ?? [{ text: line.text, look: '' }], words ?? []).map((token, position) => (
          <span key={position} className={clsx(token.look, token.marked && clsx('rounded-xs', word))}>
            {token.text}
          </span>
        ))}
      </span>
    </div>
  );
}

/** The tokens, cut where changed words begin and end. */
function marked(tokens: TokenLine, words: readonly Span[]): readonly (Token & { marked: boolean })[] {
  const edges = words.flat();
  let start = 0;
  return tokens.flatMap(({ text, look }) => {
    const end = start + text.length;
    const cuts = [start, ...edges.filter((edge) => edge > start && edge < end), end];
    const pieces = cuts.slice(1).map((to, number) => {
      const from = cuts[number] ?? start;
      return {
        text: text.slice(from - start, to - start),
        look,
        marked: words.some(([first, last]) => from >= first && to <= last),
      };
    });
    start = end;
    return pieces;
  });
}
