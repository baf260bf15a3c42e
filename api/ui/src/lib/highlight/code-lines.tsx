import { memo } from 'react';

import type { TokenLine } from './highlight';
import type { Language } from './languages';
import { useHighlight } from './use-highlight';

export function Tokens({ line }: { line: TokenLine }) {
  return line.map(({ text, look }, position) =>
    look ? (
      <span key={position} className={look}>
        {text}
      </span>
    ) : (
      text
    ),
  );
}

interface CodeLinesProps {
  code: string;
  language: Language | null;
}

/** Code inside a `<pre>`: plain at first, then coloured, of the same size. */
export const CodeLines = memo(function CodeLines({ code, language }: CodeLinesProps) {
  const lines = useHighlight(code, language);
  if (!lines) return code;
  return lines.map((line, number) => (
    <span key={number}>
      <Tokens line={line} />
      {number < lines.length - 1 && '\n'}
    </span>
  ));
});
