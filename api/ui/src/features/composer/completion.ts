/** Which word at the caret can be completed, and what the text is with it completed. */
import type { Match, SlashCommand } from '@/api';

export interface Word {
  /** `/` begins a command at the start of a prompt, `@` a file anywhere. */
  readonly kind: 'command' | 'file';
  readonly query: string;
  /** Where the word, with its sign, begins and ends. */
  readonly start: number;
  readonly end: number;
}

export interface Choice {
  readonly key: string;
  /** What stands for the word when it is chosen. */
  readonly text: string;
  readonly title: string;
  readonly hint: string | null;
  readonly about: string | null;
}

const COMMAND = /^\/(\S*)$/;
const FILE = /(?:^|\s)(@"?([^\s"]*))$/;
const MOST = 50;

export function wordAt(text: string, caret: number): Word | null {
  const before = text.slice(0, caret);
  const command = COMMAND.exec(before);
  if (command) return { kind: 'command', query: command[1] ?? '', start: 0, end: caret };
  const file = FILE.exec(before);
  if (!file) return null;
  return { kind: 'file', query: file[2] ?? '', start: caret - (file[1] ?? '').length, end: caret };
}

/** Commands whose name begins with what was typed, then those that contain it. */
export function commandChoices(commands: readonly SlashCommand[], query: string): Choice[] {
  const typed = query.toLowerCase();
  const rank = ({ name }: SlashCommand) => name.toLowerCase().indexOf(typed);
  return commands
    .filter((command) => rank(command) >= 0)
    .sort(
      (one, other) => Math.min(rank(one), 1) - Math.min(rank(other), 1) || one.name.localeCompare(other.name),
    )
    .slice(0, MOST)
    .map(({ name, description = null, argumentHint = null }) => ({
      key: name,
      text: `/${name} `,
      title: `/${name}`,
      hint: argumentHint,
      about: description,
    }));
}

/** A folder is completed so that one can go on into it. */
export function fileChoices(matches: readonly Match[]): Choice[] {
  return matches.map(({ path, type }) => {
    const mention = /\s/.test(path) ? `@"${path}"` : `@${path}`;
    return {
      key: path,
      text: type === 'folder' ? `@${path.replace(/\/*$/, '/')}` : `${mention} `,
      title: path,
      hint: null,
      about: null,
    };
  });
}

/** The text with the choice in place of the word, and where the caret is then. */
export function complete(text: string, word: Word, choice: Choice): { text: string; caret: number } {
  const rest = text.slice(word.end);
  const inserted = rest.startsWith(' ') ? choice.text.trimEnd() : choice.text;
  const caret = word.start + inserted.length + (inserted === choice.text ? 0 : 1);
  return { text: text.slice(0, word.start) + inserted + rest, caret };
}
