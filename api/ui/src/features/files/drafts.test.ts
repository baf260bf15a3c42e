import { afterEach, expect, test } from 'vitest';

import { dropDrafts, moveDrafts, readDraft, settleDraft, writeDraft } from './drafts';

const draft = (text: string) => ({ text, etag: 'e' });

afterEach(() => dropDrafts('a'));

test('a folder that is renamed takes the drafts in it along, and no others', () => {
  writeDraft('a/b/one', draft('1'));
  writeDraft('a/bc', draft('2'));
  moveDrafts('a/b', 'a/new');
  expect(readDraft('a/new/one')).toEqual(draft('1'));
  expect(readDraft('a/b/one')).toBeNull();
  expect(readDraft('a/bc')).toEqual(draft('2'));
});

test('what was typed while it was being saved is an edit of what was saved', () => {
  writeDraft('a/x', draft('one'));
  writeDraft('a/x', draft('one two'));
  settleDraft('a/x', 'one', 'new');
  expect(readDraft('a/x')).toEqual({ text: 'one two', etag: 'new' });
  settleDraft('a/x', 'one two', 'newer');
  expect(readDraft('a/x')).toBeNull();
});

test('leaving the page asks while there is a draft', () => {
  const leave = () => {
    const event = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  writeDraft('a/x', draft('1'));
  expect(leave()).toBe(true);
  dropDrafts('a');
  expect(leave()).toBe(false);
});
