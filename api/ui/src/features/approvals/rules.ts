/** Rules of "always allow", in Claude Code's notation: `Tool(what it covers)`. The server decides; this spares a trip. */

const RULE = /^[A-Za-z][A-Za-z0-9_-]*\((.+)\)$/;
const EVERYTHING = /^[\s*:/.]*$/;

/** What is wrong with this rule; null when nothing is. */
export function problemOf(rule: string, suggested: readonly string[]): string | null {
  if (suggested.includes(rule)) return null;
  const covered = RULE.exec(rule)?.[1];
  if (covered === undefined) return 'Write it as Tool(what it covers), such as Bash(npm test:*)';
  if (EVERYTHING.test(covered)) return 'This covers everything; allow the whole tool if that is meant';
  return null;
}
