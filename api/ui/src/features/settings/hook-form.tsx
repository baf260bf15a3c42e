import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';

import { Button, Dialog, Input, Notice, Select, TextArea } from '@/ui';
import { contentField, contentOf, EVENTS, withHook, type Hook, type Hooks, type Place } from './hook-list';
import { FormButtons } from './parts';

const TYPES: Readonly<Record<string, string>> = {
  command: 'Command',
  http: 'HTTP request',
  prompt: 'Prompt to a model',
  agent: 'Prompt to an agent',
};

interface Props {
  /** Null for a new one. */
  hook: (Hook & { place: Place }) | null;
  change: UseMutationResult<void, Error, (kept: Hooks) => Hooks>;
  onClose: () => void;
}

export function HookForm({ hook, change, onClose }: Props) {
  const [event, setEvent] = useState(hook?.event ?? 'PreToolUse');
  const [matcher, setMatcher] = useState(hook?.matcher ?? '');
  const [type, setType] = useState(hook?.handler.type ?? 'command');
  const [content, setContent] = useState(hook ? contentOf(hook.handler) : '');
  const limit = hook?.handler['timeout'];
  const [seconds, setSeconds] = useState(typeof limit === 'number' ? String(limit) : '');
  const send = () => {
    // What this form does not know of a hook stays with it, as long as it is of the same type.
    const kept = hook?.handler.type === type ? hook.handler : {};
    const handler = {
      ...kept,
      type,
      [contentField(type)]: content.trim(),
      timeout: seconds ? Number(seconds) : undefined,
    };
    const wanted = { event, matcher: matcher.trim(), handler };
    change.mutate((hooks) => withHook(hooks, wanted, hook?.place ?? null), { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={hook ? 'Edit hook' : 'Add a hook'}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          send();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Select label="When" value={event} onChange={({ target }) => setEvent(target.value)}>
            {[...new Set<string>([...EVENTS, event])].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Select>
          <Select label="What" value={type} onChange={({ target }) => setType(target.value)}>
            {[...new Set([...Object.keys(TYPES), type])].map((one) => (
              <option key={one} value={one}>
                {TYPES[one] ?? one}
              </option>
            ))}
          </Select>
        </div>
        {(event.endsWith('ToolUse') || matcher) && (
          <Input
            label="Tools"
            className="font-mono"
            placeholder="All of them"
            value={matcher}
            onChange={({ target }) => setMatcher(target.value)}
            hint="A name or a pattern, such as Bash or Edit|Write. Empty for all."
          />
        )}
        <TextArea
          label={type === 'http' ? 'Address' : type === 'command' ? 'Command' : 'Prompt'}
          required
          rows={3}
          spellCheck={false}
          className="font-mono"
          value={content}
          onChange={({ target }) => setContent(target.value)}
        />
        <Input
          label="Time limit"
          inputMode="numeric"
          pattern="[0-9]*"
          value={seconds}
          onChange={({ target }) => setSeconds(target.value)}
          hint="Seconds. Empty for Claude Code's own limit."
        />
        {change.error && <Notice kind="danger">{change.error.message}</Notice>}
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={change.isPending}>
            {hook ? 'Save' : 'Add'}
          </Button>
        </FormButtons>
      </form>
    </Dialog>
  );
}
