/** How each element of a Markdown text looks. HTML in it is no element: it is shown as it was written. */
import { isValidElement, type ReactElement, type ReactNode } from 'react';
import type { Components } from 'react-markdown';

import { CodeBlock } from './code-block';
import { ScrollArea } from './scroll-area';
import { safeImage, safeLink } from './urls';

interface CodeProps {
  className?: string;
  children?: ReactNode;
}

function fenced(children: ReactNode): ReactElement<CodeProps> | null {
  return isValidElement<CodeProps>(children) ? children : null;
}

function plain(children: ReactNode): string {
  if (Array.isArray(children)) return children.map(plain).join('');
  return typeof children === 'string' || typeof children === 'number' ? String(children) : '';
}

export const elements: Components = {
  a({ href, children }) {
    const link = safeLink(href);
    if (!link) return <span className="font-mono text-sm text-muted">{children}</span>;
    return (
      <a
        href={link}
        title={link}
        target="_blank"
        rel="noopener noreferrer"
        className="text-accent underline decoration-1 underline-offset-2 hover:text-accent-hover"
      >
        {children}
      </a>
    );
  },
  img({ src, alt }) {
    const address = typeof src === 'string' ? src : undefined;
    const image = safeImage(address);
    if (image) return <img src={image} alt={alt ?? ''} className="max-h-96 max-w-full rounded-md" />;
    const link = safeLink(address);
    const text = `Image: ${[alt, link].find(Boolean) ?? 'not shown'}`;
    if (!link) return <span className="text-muted">{text}</span>;
    return (
      <a href={link} title={link} target="_blank" rel="noopener noreferrer" className="text-accent underline">
        {text}
      </a>
    );
  },
  pre({ children }) {
    const code = fenced(children);
    const name = /language-(\S+)/.exec(code?.props.className ?? '')?.[1];
    return <CodeBlock code={plain(code?.props.children ?? children).replace(/\n$/, '')} name={name} />;
  },
  code({ children }) {
    return (
      <code className="rounded-sm bg-sunken px-1 py-0.5 font-mono text-[0.9em] break-words">{children}</code>
    );
  },
  table({ children }) {
    return (
      <ScrollArea label="Table" className="my-3 rounded-md border">
        <table className="w-full border-collapse text-sm">{children}</table>
      </ScrollArea>
    );
  },
  th({ children, style }) {
    return (
      <th
        scope="col"
        style={style}
        className="border-b bg-sunken px-3 py-2 text-left font-semibold whitespace-nowrap"
      >
        {children}
      </th>
    );
  },
  td({ children, style }) {
    return (
      <td style={style} className="border-b px-3 py-2 align-top [tr:last-child>&]:border-b-0">
        {children}
      </td>
    );
  },
  input({ checked }) {
    return (
      <input
        type="checkbox"
        checked={checked === true}
        disabled
        aria-label={checked === true ? 'Done' : 'Not done'}
        className="mr-1.5 accent-accent"
      />
    );
  },
  // The page has headings of its own; those of a text rank below them, whatever their size.
  h1: ({ children }) => <h3 className="mt-5 mb-2 text-xl font-semibold">{children}</h3>,
  h2: ({ children }) => <h3 className="mt-5 mb-2 text-lg font-semibold">{children}</h3>,
  h3: ({ children }) => <h4 className="mt-4 mb-1.5 text-base font-semibold">{children}</h4>,
  h4: ({ children }) => <h5 className="mt-4 mb-1.5 text-base font-semibold">{children}</h5>,
  h5: ({ children }) => <h6 className="mt-3 mb-1 text-sm font-semibold">{children}</h6>,
  h6: ({ children }) => <h6 className="mt-3 mb-1 text-sm font-semibold text-muted">{children}</h6>,
  p: ({ children }) => <p className="my-2">{children}</p>,
  ul: ({ children, className }) => (
    <ul className={className?.includes('task') ? 'my-2 pl-1' : 'my-2 list-disc pl-6 marker:text-faint'}>
      {children}
    </ul>
  ),
  ol: ({ children, start }) => (
    <ol start={start} className="my-2 list-decimal pl-6 marker:text-faint">
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="my-1 [&>p]:my-1">{children}</li>,
  blockquote: ({ children }) => (
    <blockquote className="my-3 border-l-2 border-border-strong pl-4 text-muted">{children}</blockquote>
  ),
  hr: () => <hr className="my-5" />,
};
