/** Prompts that were given before, for the up arrow in an empty box. */
import type { NormalizedMessage } from '@/api';

const MOST = 100;

/** Newest first, each text once. */
export function earlierPrompts(messages: readonly NormalizedMessage[]): string[] {
  const texts = new Set<string>();
  for (const message of messages.toReversed()) {
    const text = promptOf(message);
    if (text) texts.add(text);
    if (texts.size === MOST) break;
  }
  return [...texts];
}

function promptOf(message: NormalizedMessage): string {
  if (message.role !== 'user') return '';
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** What the box has after an arrow key; null when the key means something else there. */
export function step(prompts: readonly string[], value: string, key: 'ArrowUp' | 'ArrowDown'): string | null {
  const place = value === '' ? -1 : prompts.indexOf(value);
  if (value !== '' && place < 0) return null;
  const next = place + (key === 'ArrowUp' ? 1 : -1);
  if (next === -1 && place === 0) return '';
  return prompts[next] ?? null;
}
