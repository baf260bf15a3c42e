import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { hold } from './registry';
import { FakeSocket, fakeSockets } from './testing/fake-socket';

beforeEach(() => {
  vi.useFakeTimers();
  fakeSockets();
});

afterEach(() => {
  vi.runOnlyPendingTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('stays connected for a while after the last reader, and says that nobody sees the session', () => {
  const [one, other] = [hold('one'), hold('one')];
  FakeSocket.last.opens();
  const told = () => FakeSocket.last.sent.slice(2);
  one();
  expect(told()).toEqual([]);
  other();
  expect(told()).toEqual([{ type: 'visibility', visible: false }]);
  const again = hold('one');
  expect(FakeSocket.made).toHaveLength(1);
  expect(told().at(-1)).toEqual({ type: 'visibility', visible: true });
  again();
});
