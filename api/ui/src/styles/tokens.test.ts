// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Red, green and blue, from 0 to 255. */
type Colour = readonly number[];

const tokens = new Map(
  [
    ...readFileSync('src/styles/tokens.css', 'utf8').matchAll(
      /--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g,
    ),
  ].map(([, name = '', light = '', dark = '']) => [name, { light: colour(light), dark: colour(dark) }]),
);

function colour(hex: string): Colour {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function luminance(of: Colour): number {
  const [red = 0, green = 0, blue = 0] = of.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** `share` of one colour over another. */
function over(one: Colour, other: Colour, share: number): Colour {
  return one.map((value, part) => value * share + (other[part] ?? 0) * (1 - share));
}

function token(name: string, theme: 'light' | 'dark'): Colour {
  const found = tokens.get(name);
  if (!found) throw new Error(`tokens.css has no ${name}`);
  return found[theme];
}

const CODE = ['text', ...[...tokens.keys()].filter((name) => name.startsWith('code-'))];
const THEMES = ['light', 'dark'] as const;

test.each(THEMES)('text can be read wherever it stands, %s', (theme) => {
  for (const ground of ['background', 'surface', 'sunken', 'raised', 'hover', 'accent-soft'])
    for (const name of ['text', 'muted'])
      expect
        .soft(contrast(token(name, theme), token(ground, theme)), `${name} on ${ground}`)
        .toBeGreaterThanOrEqual(4.5);
});

test.each(THEMES)('code can be read, also where words of a line have changed, %s', (theme) => {
  const changed = ['success', 'danger'].flatMap((state) => {
    const line = token(`${state}-soft`, theme);
    return [
      [`a line of ${state}`, line],
      [`a word of ${state}`, over(token(state, theme), line, 0.12)],
    ] as const;
  });
  const plain = ['surface', 'sunken'].map((name) => [name, token(name, theme)] as const);
  for (const [where, ground] of [...plain, ...changed])
    for (const name of CODE)
      expect.soft(contrast(token(name, theme), ground), `${name} on ${where}`).toBeGreaterThanOrEqual(4.5);
});
