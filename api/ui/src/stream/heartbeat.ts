/**
 * Whether the other end of a connection is still there. A silence that is longer than it may be, and whatever the device
 * may have slept through, is followed by a question; anything that is heard is an answer.
 */

// Milliseconds.
export const ANSWER = 4_000;
const CHECKED_EVERY = 5_000;

export interface Heart {
  /** Says something that the other end answers. */
  ask(): void;
  /** No answer came. */
  dead(): void;
}

export class Heartbeat {
  readonly #heart: Heart;
  readonly #silence: number;
  #heard = 0;
  #check: ReturnType<typeof setInterval> | undefined;
  #answer: ReturnType<typeof setTimeout> | undefined;

  /** `silence`: how many milliseconds of it are usual. */
  constructor(heart: Heart, silence: number) {
    this.#heart = heart;
    this.#silence = silence;
  }

  /** There is a new connection. */
  start(): void {
    this.stop();
    this.#check = setInterval(() => {
      if (Date.now() - this.#heard > this.#silence) this.probe();
    }, CHECKED_EVERY);
  }

  stop(): void {
    clearInterval(this.#check);
    this.#check = undefined;
    this.heard();
  }

  heard(): void {
    this.#heard = Date.now();
    clearTimeout(this.#answer);
    this.#answer = undefined;
  }

  probe(): void {
    if (this.#check === undefined || this.#answer !== undefined) return;
    this.#heart.ask();
    this.#answer = setTimeout(() => {
      this.#answer = undefined;
      this.#heart.dead();
    }, ANSWER);
  }
}
