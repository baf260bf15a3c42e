/** Reads the little of SVG that the icon is made of: one `<rect>` as its ground, and `<path>`s of lines and curves. */

export type Point = readonly [x: number, y: number];
type Colour = readonly [red: number, green: number, blue: number];

export interface Shape {
  /** Curves are taken apart into short lines. */
  readonly lines: readonly (readonly Point[])[];
  readonly fill: Colour | null;
  readonly stroke: { readonly colour: Colour; readonly width: number } | null;
}

export interface Drawing {
  /** Units along each side. */
  readonly size: number;
  readonly ground: { readonly colour: Colour; readonly radius: number };
  readonly shapes: readonly Shape[];
}

const STEPS = 16; // lines of one curve

export function readDrawing(svg: string): Drawing {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const rect = /<rect\b[^>]*>/.exec(svg)?.[0];
  if (!size || !rect) throw new Error('The icon has to be a square with a <rect> as its ground');
  return {
    size,
    ground: { colour: colour(attribute(rect, 'fill')), radius: Number(attribute(rect, 'rx')) },
    shapes: [...svg.matchAll(/<path\b[^>]*>/g)].map(([path]) => shape(path)),
  };
}

function attribute(element: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];
  if (value === undefined) throw new Error(`The icon has no ${name} in ${element}`);
  return value;
}

function colour(hex: string): Colour {
  const parts = /^#(..)(..)(..)$/.exec(hex);
  if (!parts) throw new Error(`The icon's colours have to be like #a0b1c2, not ${hex}`);
  const [red = 0, green = 0, blue = 0] = parts.slice(1).map((part) => parseInt(part, 16));
  return [red, green, blue];
}

function shape(path: string): Shape {
  const fill = attribute(path, 'fill');
  return {
    lines: pathLines(attribute(path, 'd')),
    fill: fill === 'none' ? null : colour(fill),
    stroke: path.includes(' stroke=')
      ? { colour: colour(attribute(path, 'stroke')), width: Number(attribute(path, 'stroke-width')) }
      : null,
  };
}

/** How many numbers a command takes. */
const NUMBERS: Readonly<Record<string, number>> = { m: 2, l: 2, h: 1, v: 1, c: 6, z: 0 };

export function pathLines(d: string): Point[][] {
  const lines: Point[][] = [];
  let at: Point = [0, 0];
  for (const [, command = '', rest = ''] of d.matchAll(/([a-z])([^a-z]*)/gi)) {
    const kind = command.toLowerCase();
    const count = NUMBERS[kind];
    if (count === undefined) throw new Error(`The icon's paths have no command ${command}`);
    const numbers = (rest.match(/-?\d*\.?\d+/g) ?? []).map(Number);
    if (count === 0) {
      at = lines.at(-1)?.[0] ?? at;
      lines.at(-1)?.push(at);
    }
    for (let i = 0; i + count <= numbers.length && count > 0; i += count) {
      const from: Point = command === kind ? at : [0, 0];
      const given = numbers.slice(i, i + count);
      if (kind === 'm' && i === 0) {
        at = move(from, given);
        lines.push([at]);
        continue;
      }
      const added = kind === 'c' ? curve(at, from, given) : [straight(kind, at, from, given[0] ?? 0, given)];
      lines.at(-1)?.push(...added);
      at = added.at(-1) ?? at;
    }
  }
  return lines;
}

function move([x, y]: Point, [dx = 0, dy = 0]: readonly number[]): Point {
  return [x + dx, y + dy];
}

function straight(kind: string, at: Point, from: Point, only: number, given: readonly number[]): Point {
  if (kind === 'h') return [from[0] + only, at[1]];
  if (kind === 'v') return [at[0], from[1] + only];
  return move(from, given);
}

function curve(at: Point, from: Point, given: readonly number[]): Point[] {
  const [a, b, end] = [0, 2, 4].map((i) => move(from, given.slice(i, i + 2))) as [Point, Point, Point];
  return Array.from({ length: STEPS }, (_, step) => {
    const t = (step + 1) / STEPS;
    const [p, q, r, s] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
    const along = (axis: 0 | 1) => p * at[axis] + q * a[axis] + r * b[axis] + s * end[axis];
    return [along(0), along(1)];
  });
}
