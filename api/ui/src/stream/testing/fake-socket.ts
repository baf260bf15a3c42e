/** A stand-in for the browser's WebSocket, for tests: what was sent is in `sent`, and the test is the server. */
import { vi } from 'vitest';

import type { ClientFrame, ServerFrame } from '@/api';

export class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: ClientFrame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  /** The newest one that was made. */
  static get last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (!last) throw new Error('there was no connection');
    return last;
  }

  send(line: string): void {
    this.sent.push(JSON.parse(line) as ClientFrame);
  }

  close(): void {
    this.readyState = 3;
  }

  opens(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }

  tells(...frames: (ServerFrame | Record<string, unknown>)[]): void {
    frames.forEach((frame) => this.onmessage?.({ data: JSON.stringify(frame) }));
  }

  ends(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  kinds(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

export function fakeSockets(): void {
  FakeSocket.made = [];
  vi.stubGlobal('WebSocket', FakeSocket);
}
