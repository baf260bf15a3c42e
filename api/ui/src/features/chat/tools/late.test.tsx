import { render, screen } from '@testing-library/react';
import { Component, createElement, Suspense, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { late } from './late';

class Fallback extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  override render = () => (this.state.failed ? 'plain' : this.props.children);
}

interface Card {
  default: () => string;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => vi.useRealTimers());

it('asks for its code again a while after that did not come, and then never more', async () => {
  let asked = 0;
  const card = late(() => {
    asked += 1;
    return asked === 1
      ? Promise.reject<Card>(new Error('lost'))
      : Promise.resolve({ default: () => 'coloured' });
  });
  const show = () => render(<Fallback>{createElement(Suspense, null, createElement(card()))}</Fallback>);
  show();
  await screen.findByText('plain');
  show();
  expect(await screen.findAllByText('plain')).toHaveLength(2);
  expect(asked).toBe(1);
  vi.advanceTimersByTime(60_000);
  show();
  await screen.findByText('coloured');
  vi.advanceTimersByTime(60_000);
  show();
  expect(await screen.findAllByText('coloured')).toHaveLength(2);
  expect(asked).toBe(2);
});
