/** Numbers and paths as people read them. */

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

export function count(value: number): string {
  return compact.format(value);
}

/** US dollars; nothing for a session that cost nothing. */
export function cost(usd: number): string {
  if (usd <= 0) return '';
  if (usd < 0.01) return '<$0.01';
  return `$${usd.toFixed(usd < 100 ? 2 : 0)}`;
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const exponent = Math.min(4, Math.floor(Math.log10(size) / 3));
  return `${(size / 1000 ** exponent).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][exponent] ?? ''}`;
}

/** The last name of a path; `/` for the root. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').pop() ?? '/';
}
