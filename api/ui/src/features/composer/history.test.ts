import { describe, expect, it } from 'vitest';

import type { NormalizedMessage, Part } from '@/api';
import { earlierPrompts, step } from './history';

const user = (index: number, ...parts: Part[]): NormalizedMessage => ({ role: 'user', index, parts });
const text = (value: string): Part => ({ type: 'text', text: value });

describe('earlier prompts', () => {
  it('are what people said, newest first, each once', () => {
    const messages = [
      user(0, text('one')),
      { role: 'assistant' as const, index: 1, parts: [text('no')] },
      user(2, text('two')),
      user(3, { type: 'tool_result', toolUseId: 'x', output: 'no' }),
      user(4, text('one')),
    ];
    expect(earlierPrompts(messages)).toEqual(['one', 'two']);
  });

  it('come back one by one, and give way to an empty box again', () => {
    const prompts = ['new', 'old'];
    expect(step(prompts, '', 'ArrowUp')).toBe('new');
    expect(step(prompts, 'new', 'ArrowUp')).toBe('old');
    expect(step(prompts, 'old', 'ArrowUp')).toBeNull();
    expect(step(prompts, 'old', 'ArrowDown')).toBe('new');
    expect(step(prompts, 'new', 'ArrowDown')).toBe('');
    expect(step(prompts, '', 'ArrowDown')).toBeNull();
    expect(step(prompts, 'typed', 'ArrowUp')).toBeNull();
  });
});
