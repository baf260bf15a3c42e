export { CodeBlock } from './code-block';
export { CopyButton } from './copy-button';
export { Markdown } from './markdown';
export { ScrollArea } from './scroll-area';
export { safeImage, safeLink } from './urls';
