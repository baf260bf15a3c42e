/** Hands frames on in batches: at once, but text as it grows, and what was missed, only once per picture. */
import type { Frame } from './frames';

/** Pages that nobody sees make no pictures. */
const LATEST = 150; // milliseconds

export class Inbox {
  readonly #take: (frames: readonly Frame[]) => void;
  #frames: Frame[] = [];
  #picture: number | undefined;
  #latest: ReturnType<typeof setTimeout> | undefined;

  constructor(take: (frames: readonly Frame[]) => void) {
    this.#take = take;
  }

  add(frame: Frame, canWait: boolean): void {
    this.#frames.push(frame);
    if (!canWait) this.flush();
    else if (this.#latest === undefined) {
      this.#latest = setTimeout(() => this.flush(), LATEST);
      this.#picture = requestAnimationFrame(() => this.flush());
    }
  }

  flush(): void {
    this.#forgetTimers();
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.#take(frames);
  }

  /** What has not been handed on yet comes again with the next connection. */
  clear(): void {
    this.#forgetTimers();
    this.#frames = [];
  }

  #forgetTimers(): void {
    clearTimeout(this.#latest);
    if (this.#picture !== undefined) cancelAnimationFrame(this.#picture);
    this.#latest = this.#picture = undefined;
  }
}
