export { Composer } from './composer';
export { PromptBox, type PromptBoxProps } from './prompt-box';
export { useAttachments, type Attachments } from './use-attachments';
