/** What a command printed for a terminal, in the colours of the page. */
import Anser from 'anser';
import { clsx } from 'clsx';
import { memo } from 'react';

const COLOURS: Readonly<Record<string, string>> = {
  black: 'text-faint',
  red: 'text-danger',
  green: 'text-success',
  yellow: 'text-warning',
  blue: 'text-info',
  magenta: 'text-(--code-keyword)',
  cyan: 'text-(--code-type)',
  white: 'text-text',
};

const DECORATIONS: Readonly<Record<string, string>> = {
  bold: 'font-semibold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'line-through',
};

// Colours are understood; titles, links and movements of the cursor are left out.
const OTHERS = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[A-HJKSTfhlnsu]|\x1b[()][0-9A-B]|\x1b[=>78]/g;

export interface Piece {
  readonly text: string;
  readonly look: string;
}

export function ansiPieces(printed: string): readonly Piece[] {
  const text = overwritten(printed.replace(OTHERS, ''));
  if (!text.includes('\x1b')) return [{ text, look: '' }];
  return Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true }).map(
    ({ content, fg, decorations }) => ({
      text: content,
      look: clsx(
        COLOURS[(fg as string | null)?.replace(/^ansi-(?:bright-)?/, '') ?? ''],
        decorations.map((name) => DECORATIONS[name]),
      ),
    }),
  );
}

/** A line that begins again, as a progress bar does, is what was printed last. */
function overwritten(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n');
}

export const Ansi = memo(function Ansi({ text }: { text: string }) {
  return ansiPieces(text).map(({ text: piece, look }, position) =>
    look ? (
      <span key={position} className={look}>
        {piece}
      </span>
    ) : (
      piece
    ),
  );
});
