/** Claude Code's hooks as a flat list to show, and changes of one of them that leave all else as it is. */

/** `{ PreToolUse: [{ matcher, hooks: [{ type, command, ... }] }] }`, as the settings file has it. */
export type Hooks = Readonly<Record<string, readonly Group[]>>;

interface Group {
  readonly matcher?: string;
  readonly hooks: readonly Handler[];
}

export type Handler = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Hook {
  readonly event: string;
  readonly matcher: string;
  readonly handler: Handler;
}

/** Where a hook is. */
export interface Place {
  readonly event: string;
  readonly group: number;
  readonly index: number;
}

export const EVENTS = [
  'PreToolUse',
  'PostToolUse',
  'UserPromptSubmit',
  'Notification',
  'Stop',
  'SubagentStop',
  'PreCompact',
  'SessionStart',
  'SessionEnd',
] as const;

/** In which field each type has what it does. */
const CONTENT: Readonly<Record<string, string>> = {
  command: 'command',
  http: 'url',
  prompt: 'prompt',
  agent: 'prompt',
};

export function contentField(type: string): string {
  return CONTENT[type] ?? 'command';
}

export function contentOf(handler: Handler): string {
  const content = handler[contentField(handler.type)];
  return typeof content === 'string' ? content : JSON.stringify(handler);
}

export function listed(hooks: Hooks): (Hook & { place: Place })[] {
  return Object.entries(hooks).flatMap(([event, groups]) =>
    groups.flatMap(({ matcher = '', hooks: handlers }, group) =>
      handlers.map((handler, index) => ({ event, matcher, handler, place: { event, group, index } })),
    ),
  );
}

export function without(hooks: Hooks, { event, group, index }: Place): Hooks {
  const groups = (hooks[event] ?? [])
    .map((one, i) => (i === group ? { ...one, hooks: one.hooks.filter((_, j) => j !== index) } : one))
    .filter((one) => one.hooks.length > 0);
  const others = Object.entries(hooks).filter(([name]) => name !== event);
  return groups.length > 0 ? { ...hooks, [event]: groups } : Object.fromEntries(others);
}

/** Puts a hook beside those with its event and matcher; `replaced` stays in its place where these are the same. */
export function withHook(hooks: Hooks, hook: Hook, replaced: Place | null): Hooks {
  const before = replaced && hooks[replaced.event]?.[replaced.group];
  if (replaced && before && replaced.event === hook.event && (before.matcher ?? '') === hook.matcher) {
    const put = (one: Group) => ({
      ...one,
      hooks: one.hooks.map((old, j) => (j === replaced.index ? hook.handler : old)),
    });
    return {
      ...hooks,
      [hook.event]: (hooks[hook.event] ?? []).map((one, i) => (i === replaced.group ? put(one) : one)),
    };
  }
  const rest = replaced ? without(hooks, replaced) : hooks;
  const groups = rest[hook.event] ?? [];
  const beside = groups.findIndex(({ matcher = '' }) => matcher === hook.matcher);
  const made: Group = { ...(hook.matcher && { matcher: hook.matcher }), hooks: [hook.handler] };
  return {
    ...rest,
    [hook.event]:
      beside < 0
        ? [...groups, made]
        : groups.map((one, i) => (i === beside ? { ...one, hooks: [...one.hooks, hook.handler] } : one)),
  };
}
