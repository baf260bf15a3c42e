import { useState } from 'react';

import type { Approval, Approve } from '@/api';
import { Button, Input } from '@/ui';
import { problemOf } from './rules';

interface AlwaysFormProps {
  approval: Approval;
  onAllow: (always: NonNullable<Approve['alwaysAllow']>) => void;
  onCancel: () => void;
}

/** Allows by a rule, which can be edited, or the whole tool. */
export function AlwaysForm({ approval: { toolName, suggestions = [] }, onAllow, onCancel }: AlwaysFormProps) {
  const rules = suggestions.map(({ rule }) => rule);
  const [rule, setRule] = useState(rules[0] ?? `${toolName}()`);
  const problem = problemOf(rule, rules);
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null) onAllow({ rule });
      }}
    >
      {rules.length > 1 && (
        <div role="group" aria-label="Suggested rules" className="flex flex-wrap gap-2">
          {rules.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={rule === one}
              onClick={() => setRule(one)}
              className="touch-target rounded-md border px-2 py-1 font-mono text-sm break-all hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft"
            >
              {one}
            </button>
          ))}
        </div>
      )}
      <Input
        autoFocus
        label="Always allow what this rule covers"
        className="font-mono"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        value={rule}
        error={problem}
        onChange={(event) => setRule(event.target.value)}
      />
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button look="ghost" onClick={onCancel}>
          Back
        </Button>
        <Button onClick={() => onAllow('tool')}>
          <span className="truncate">Every use of {toolName}</span>
        </Button>
        <Button type="submit" look="primary" disabled={problem !== null}>
          Allow by this rule
        </Button>
      </div>
    </form>
  );
}
