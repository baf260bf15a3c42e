// @vitest-environment node
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { pathLines, readDrawing } from './drawing.ts';
import { drawPng, type Look } from './png.ts';

const SVG = `<svg viewBox="0 0 8 8">
  <rect width="8" height="8" rx="2" fill="#102030"/>
  <path d="M2 2h4v4h-4z" fill="#ffffff"/>
  <path d="M4 0v8" fill="none" stroke="#ff0000" stroke-width="1"/>
</svg>`;

/** Red, green, blue and alpha of one pixel of a picture of 16 by 16. */
function pixel(look: Look, x: number, y: number): number[] {
  const png = Buffer.from(drawPng(readDrawing(SVG), 16, look));
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([16, 16]);
  const start = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
  return [...rows.subarray(y * 65 + 1 + x * 4, y * 65 + 5 + x * 4)];
}

test('later shapes lie on earlier ones, on the ground', () => {
  expect(pixel('rounded', 2, 8)).toEqual([0x10, 0x20, 0x30, 255]);
  expect(pixel('rounded', 5, 8)).toEqual([255, 255, 255, 255]);
  expect(pixel('rounded', 8, 8)).toEqual([255, 0, 0, 255]);
});

test('only what is cut out by the system reaches into the corners', () => {
  expect(pixel('rounded', 0, 0)[3]).toBe(0);
  expect(pixel('full', 0, 0)).toEqual([0x10, 0x20, 0x30, 255]);
});

test('a silhouette is white where the shapes are, without the lines on them', () => {
  expect(pixel('silhouette', 5, 8)).toEqual([255, 255, 255, 255]);
  expect(pixel('silhouette', 8, 8)[3]).toBe(0);
  expect(pixel('silhouette', 2, 8)[3]).toBe(0);
});

test('a path goes on from where it is, and a curve ends where it says', () => {
  expect(pathLines('M1 1l2 0-1 3zm5 5H9V0')).toEqual([
    [
      [1, 1],
      [3, 1],
      [2, 4],
      [1, 1],
    ],
    [
      [6, 6],
      [9, 6],
      [9, 0],
    ],
  ]);
  expect(pathLines('M1 1c1 0 2 1 2 2')[0]?.at(-1)).toEqual([3, 3]);
  expect(() => pathLines('M1 1a1 1 0 0 1 2 2')).toThrow('no command a');
});
