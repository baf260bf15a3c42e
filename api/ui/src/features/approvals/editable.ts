/** What of a tool's input is edited: the one text that matters, or all of it as JSON. */
import { textIn, type Input } from '@/lib/tools';

const FIELDS: ReadonlyMap<string, { field: string; label: string }> = new Map([
  ['Bash', { field: 'command', label: 'Command' }],
  ['Edit', { field: 'new_string', label: 'New text' }],
  ['NotebookEdit', { field: 'new_source', label: 'New source' }],
  ['WebFetch', { field: 'url', label: 'Address' }],
  ['WebSearch', { field: 'query', label: 'Query' }],
  ['Write', { field: 'content', label: 'Content' }],
]);

export interface Editable {
  /** Null when all of the input is edited. */
  readonly field: string | null;
  readonly label: string;
  readonly text: string;
}

export function editableOf(toolName: string, input: Input): Editable {
  const known = FIELDS.get(toolName);
  if (known && typeof input[known.field] === 'string') return { ...known, text: textIn(input, known.field) };
  return { field: null, label: 'Input as JSON', text: JSON.stringify(input, null, 2) };
}

export type Edited = { readonly input: Record<string, unknown> } | { readonly error: string };

/** The input with what was typed. */
export function edited({ field }: Editable, input: Input, text: string): Edited {
  if (field !== null) return { input: { ...input, [field]: text } };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { input: { ...value } };
    return { error: 'The input is no JSON object; put it in { and }' };
  } catch (error) {
    return { error: `The input is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}` };
  }
}
