/** Pictures of the icon for systems that take no SVG, made while the UI is built, so that none has to be kept. */
import { crc32, deflateSync } from 'node:zlib';

import type { Drawing, Point, Shape } from './drawing.ts';

/**
 * `rounded` is the icon as it is; `full` reaches to the edges, where the system itself cuts the shape out;
 * `silhouette` is white on nothing, as a status bar wants it.
 */
export type Look = 'rounded' | 'full' | 'silhouette';

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

const NOTHING: Pixel = [0, 0, 0, 0];
const WHITE: Pixel = [255, 255, 255, 1];
const EDGES = [1 / 6, 3 / 6, 5 / 6]; // where a pixel is looked at, across and down

/** A PNG of `pixels` by `pixels`. */
export function drawPng(drawing: Drawing, pixels: number, look: Look): Uint8Array {
  const rows = Buffer.alloc(pixels * (1 + 4 * pixels)); // each row begins with its filter: 0, none
  const unit = drawing.size / pixels;
  for (let y = 0; y < pixels; y++) {
    const samples = EDGES.map((edge) => lineAt(drawing, (y + edge) * unit, look));
    for (let x = 0; x < pixels; x++) {
      const seen = samples.flatMap((line) => EDGES.map((edge) => line((x + edge) * unit)));
      rows.set(mean(seen), y * (1 + 4 * pixels) + 1 + 4 * x);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels, 0);
  header.writeUInt32BE(pixels, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits, red green blue alpha, the one compression and filter, not interlaced
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

function mean(seen: readonly Pixel[]): number[] {
  const alpha = seen.reduce((sum, pixel) => sum + pixel[3], 0);
  const parts = ([0, 1, 2] as const).map((part) =>
    seen.reduce((sum, pixel) => sum + pixel[part] * pixel[3], 0),
  );
  return [...parts.map((sum) => Math.round(sum / (alpha || 1))), Math.round((255 * alpha) / seen.length)];
}

/** What is seen at each x of the line at `y`. */
function lineAt({ size, ground, shapes }: Drawing, y: number, look: Look): (x: number) => Pixel {
  const crossed = shapes.map((shape) => ({ ...shape, covers: coverageAt(shape, y) }));
  return (x) => {
    const over = crossed.filter(({ covers }) => covers(x));
    if (look === 'silhouette') return over.length > 0 && !over.some(({ stroke }) => stroke) ? WHITE : NOTHING;
    const top = over.at(-1);
    const colour = top ? (top.stroke?.colour ?? top.fill) : ground.colour;
    if (!colour || (look === 'rounded' && !inRoundedSquare(x, y, size, ground.radius))) return NOTHING;
    return [...colour, 1];
  };
}

function inRoundedSquare(x: number, y: number, size: number, radius: number): boolean {
  const beyond = (value: number) => Math.max(0, Math.abs(value - size / 2) - (size / 2 - radius));
  return Math.hypot(beyond(x), beyond(y)) <= radius;
}

type Segment = readonly [Point, Point];

/** Whether the shape covers an x of the line at `y`. A shape is either filled or a line, as the icon has them. */
function coverageAt({ lines, stroke }: Shape, y: number): (x: number) => boolean {
  const segments = lines.flatMap((line) => line.slice(1).map((end, i): Segment => [line[i] ?? end, end]));
  if (stroke) {
    const half = stroke.width / 2;
    const near = segments.filter(
      ([[, ay], [, by]]) => Math.min(ay, by) - half <= y && y <= Math.max(ay, by) + half,
    );
    return (x) => near.some((segment) => distance(segment, x, y) <= half);
  }
  const crossings = segments
    .filter(([[, ay], [, by]]) => ay > y !== by > y)
    .map(([[ax, ay], [bx, by]]) => ax + ((y - ay) / (by - ay)) * (bx - ax));
  return (x) => crossings.filter((crossing) => crossing > x).length % 2 === 1;
}

function distance([[ax, ay], [bx, by]]: Segment, x: number, y: number): number {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length && Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
}
