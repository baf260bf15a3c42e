/** Why a name cannot be one of a file; null when it can. */
export function wrongName(name: string): string | null {
  if (!name.trim()) return 'Type a name.';
  if (name === '.' || name === '..') return `"${name}" means a folder that is there; choose another name.`;
  if (name.includes('\0')) return 'A name has no zero bytes.';
  return null;
}

const PICTURES: Record<string, string> = {
  avif: 'image/avif',
  gif: 'image/gif',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

/** The media type of a picture that a browser shows and that runs nothing; null for every other file. */
export function pictureType(path: string): string | null {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return PICTURES[ending] ?? null;
}
