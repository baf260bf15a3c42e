import { clsx } from 'clsx';
import { useContext } from 'react';

import { CodeLines, languageNamed, type Language } from '@/lib/highlight';
import { CopyButton } from './copy-button';
import { Growing } from './growing';
import { ScrollArea } from './scroll-area';

interface CodeBlockProps {
  code: string;
  /** As it was named; also shown. */
  name?: string | undefined;
  language?: Language | null;
  /** Long code scrolls in its own place. */
  className?: string;
}

export function CodeBlock({ code, name, language = languageNamed(name), className }: CodeBlockProps) {
  const growing = useContext(Growing);
  const label = name ? `Code, ${name}` : 'Code';
  return (
    <div className="group/code relative my-3 overflow-hidden rounded-md border bg-sunken">
      <div className="flex h-8 items-center justify-between border-b pr-0.5 pl-3 text-xs text-muted pointer-coarse:h-11">
        <span className="font-mono">{name ?? 'text'}</span>
        <CopyButton text={code} label="Copy code" className="pointer-fine:scale-90" />
      </div>
      <ScrollArea label={label} className={clsx('p-3', className)}>
        <pre className="w-max min-w-full font-mono text-sm">
          <code>
            <CodeLines code={code} language={growing ? null : language} />
          </code>
        </pre>
      </ScrollArea>
    </div>
  );
}
