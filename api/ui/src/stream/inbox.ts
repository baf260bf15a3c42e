/** Hands frames on in batches: at once, but text as it grows, and what was missed, only once per picture. */
import type { Frame } from './frames';

/** Pages that nobody sees make no pictures. */
const LATEST = 150; // milliseconds
/** How many times as long as the last picture took the page is free for scrolling and typing before the next one. */
const REST = 2;

export class Inbox {
  readonly #take: (frames: readonly Frame[]) => void;
  #frames: Frame[] = [];
  #picture: number | undefined;
  #latest: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #restsUntil = 0;

  constructor(take: (frames: readonly Frame[]) => void) {
    this.#take = take;
  }

  add(frame: Frame, canWait: boolean): void {
    this.#frames.push(frame);
    if (!canWait) this.flush();
    else if (this.#latest === undefined) {
      this.#latest = setTimeout(() => this.flush(), LATEST);
      const rest = this.#restsUntil - performance.now();
      if (rest <= 0) this.#flushWithPicture();
      else this.#rest = setTimeout(() => this.#flushWithPicture(), rest);
    }
  }

  flush(): void {
    this.#forgetTimers();
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    const begun = performance.now();
    this.#take(frames);
    // By then it is on the screen.
    setTimeout(() => {
      const now = performance.now();
      this.#restsUntil = now + REST * (now - begun);
    });
  }

  /** What has not been handed on yet comes again with the next connection. */
  clear(): void {
    this.#forgetTimers();
    this.#frames = [];
  }

  #flushWithPicture(): void {
    this.#picture = requestAnimationFrame(() => this.flush());
  }

  #forgetTimers(): void {
    clearTimeout(this.#latest);
    clearTimeout(this.#rest);
    if (this.#picture !== undefined) cancelAnimationFrame(this.#picture);
    this.#latest = this.#rest = this.#picture = undefined;
  }
}
