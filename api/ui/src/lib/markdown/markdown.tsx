import { clsx } from 'clsx';
import { memo, useMemo } from 'react';
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';

import { blocksOf, mended } from './blocks';
import { elements } from './elements';
import { Growing } from './growing';
import { safeImage, safeLink } from './urls';

const PLUGINS = [remarkGfm];

function transformed(url: string, attribute: string): string {
  return (attribute === 'src' ? safeImage(url) : null) ?? safeLink(url) ?? '';
}

const Block = memo(function Block({ text, growing }: { text: string; growing: boolean }) {
  return (
    <Growing value={growing}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={elements} urlTransform={transformed}>
        {growing ? mended(text) : text}
      </ReactMarkdown>
    </Growing>
  );
});

interface MarkdownProps {
  text: string;
  /** It is still being said: what its end has opened is shown as if it were closed. */
  growing?: boolean;
  className?: string;
}

export const Markdown = memo(function Markdown({ text, growing = false, className }: MarkdownProps) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  const last = blocks.length - 1;
  return (
    <div className={clsx('min-w-0 break-words [&>*:first-child]:mt-0 [&>*:last-child]:mb-0', className)}>
      {blocks.map((block, number) => (
        // A block keeps its place while the text grows, and its content does not name it.
        <Block key={number} text={block} growing={growing && number === last} />
      ))}
    </div>
  );
});
