import { describe, expect, it } from 'vitest';

import { fitting, mayBePicture, shownPicture } from './pictures';

describe('pictures', () => {
  it('keep their proportion when they are made to fit', () => {
    expect(fitting(800, 600)).toEqual([800, 600]);
    expect(fitting(4000, 1000)).toEqual([2000, 500]);
    expect(fitting(1, 40_000)).toEqual([1, 2000]);
  });

  it('are not the drawings that are programs', () => {
    expect(mayBePicture(new File([], 'a.png', { type: 'image/png' }))).toBe(true);
    expect(mayBePicture(new File([], 'a.svg', { type: 'image/svg+xml' }))).toBe(false);
    expect(mayBePicture(new File([], 'a.txt', { type: 'text/plain' }))).toBe(false);
  });

  it('have an address when they are here', () => {
    expect(shownPicture({ data: 'QUJD', mediaType: 'image/png' })).toBe('data:image/png;base64,QUJD');
    expect(shownPicture({ path: '/w/a.pdf' })).toBeNull();
  });
});
