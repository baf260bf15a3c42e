import { useEffect, useState } from 'react';

import { highlight, highlighted, isHighlightable, type TokenLine } from './highlight';
import type { Language } from './languages';

interface Coloured {
  code: string;
  language: Language;
  lines: readonly TokenLine[];
}

/** The coloured lines of `code`; null until they are there, and for code that is not coloured. */
export function useHighlight(code: string, language: Language | null): readonly TokenLine[] | null {
  const [coloured, setColoured] = useState<Coloured | null>(null);
  const before = highlighted(code, language);
  const wanted = before === null && isHighlightable(code, language);
  useEffect(() => {
    if (!wanted || !isHighlightable(code, language)) return;
    let current = true;
    highlight(code, language).then(
      (lines) => current && setColoured({ code, language, lines }),
      // Without its colours code reads as well; the grammar is asked for again with the next code.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [code, language, wanted]);
  if (before) return before;
  return coloured?.code === code && coloured.language === language ? coloured.lines : null;
}
