/** A place in a session's story: `<epoch>:<seq>`. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
}

export function placeOf(cursor: string): Place {
  const colon = cursor.lastIndexOf(':');
  return { epoch: cursor.slice(0, colon), seq: Number(cursor.slice(colon + 1)) };
}

export function cursorAt({ epoch, seq }: Place): string {
  return `${epoch}:${seq}`;
}
