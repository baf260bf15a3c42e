/** What a tool that writes files changes, as differences. */
import { diffOf, type FileDiff } from '@/lib/diff';
import { listIn, textIn, type Input } from './input';

const MAX_LENGTH = 200_000; // characters that are compared

export function pathOf(input: Input): string {
  return textIn(input, 'file_path') || textIn(input, 'notebook_path');
}

/** One for each change; none for an input that is no change. */
export function editsOf(name: string, input: Input): readonly FileDiff[] {
  const path = pathOf(input);
  const diff = (before: string, after: string) =>
    diffOf(before.slice(0, MAX_LENGTH), after.slice(0, MAX_LENGTH), path || null);
  if (name === 'Write') return [diff('', textIn(input, 'content'))];
  if (name === 'NotebookEdit') {
    const source = textIn(input, 'new_source');
    return textIn(input, 'edit_mode') === 'delete' ? [] : [diffOf('', source, 'cell.py')];
  }
  if (name === 'MultiEdit')
    return listIn(input, 'edits').map((edit) => diff(textIn(edit, 'old_string'), textIn(edit, 'new_string')));
  return [diff(textIn(input, 'old_string'), textIn(input, 'new_string'))];
}
