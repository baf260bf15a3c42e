/** Cuts Markdown that grows into its blocks, so that only the last one is read anew. */
import { Lexer } from 'marked';
import remend from 'remend';

// `[name]: address` and `[^1]: note` are meant in every other block as well.
const SHARED = /^ {0,3}\[[^\]]+\]:/m;

export function blocksOf(markdown: string): readonly string[] {
  if (SHARED.test(markdown)) return [markdown];
  const blocks: string[] = [];
  for (const { raw, type } of Lexer.lex(markdown, { gfm: true })) {
    // Blank lines go with what is before them: a block's number must not change while it grows.
    if (type !== 'space') blocks.push(raw);
    else if (blocks.length > 0) blocks.push((blocks.pop() ?? '') + raw);
  }
  return blocks;
}

/** The last block of a text that is still being said, with what it has opened closed. */
export function mended(block: string): string {
  return remend(block, { linkMode: 'text-only' });
}
