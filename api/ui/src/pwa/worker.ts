/** What the service worker is given, and what it and the pages tell each other. Types only: see `src/sw.ts`. */

/** The files that it keeps, written into it by the build. */
export interface Shell {
  /** Another one for any other content of the files. */
  readonly version: string;
  /** Paths; `/` is the page. */
  readonly files: readonly string[];
}

/** What the API sends by Web Push (`PushMessage` there). */
export interface PushMessage {
  readonly title: string;
  readonly body: string;
  readonly kind: string;
  readonly url: string;
  readonly tag: string;
}

/** To the worker: be the one in charge, in place of the one before. */
export type Activate = 'activate';

/** To a page: a person has chosen a notification; show this path. */
export interface OpenPath {
  readonly type: 'open';
  readonly path: string;
}
