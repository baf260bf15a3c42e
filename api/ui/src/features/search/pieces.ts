export interface Piece {
  readonly start: number;
  readonly text: string;
  readonly marked: boolean;
}

/** `text` cut at the ranges `[start, end]`, in UTF-16 code units; ranges that overlap or lie outside are cut to fit. */
export function pieces(text: string, ranges: readonly (readonly number[])[]): Piece[] {
  const result: Piece[] = [];
  const add = (start: number, end: number, marked: boolean) => {
    if (start < end) result.push({ start, text: text.slice(start, end), marked });
  };
  let at = 0;
  for (const [from = 0, to = 0] of [...ranges].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
    const start = Math.min(Math.max(from, at), text.length);
    const end = Math.min(Math.max(to, start), text.length);
    add(at, start, false);
    add(start, end, true);
    at = end;
  }
  add(at, text.length, false);
  return result;
}
