import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, data, type Approval, type PermissionMode } from '@/api';
import { Markdown, ScrollArea } from '@/lib/markdown';
import { MODE_NAMES } from '@/lib/modes';
import { textIn } from '@/lib/tools';
import { Button, Switch } from '@/ui';
import { DenyForm } from './deny-form';
import { Key } from './key';
import type { Step } from './tool-approval';
import type { Answering } from './use-answering';

const MODES: readonly PermissionMode[] = ['acceptEdits', 'default', 'bypassPermissions'];

interface PlanApprovalProps {
  approval: Approval;
  step: Step;
  onStep: (step: Step) => void;
  answering: Answering;
  mode: PermissionMode;
  onMode: (mode: PermissionMode) => void;
}

/** A plan that waits to be carried out, and how. */
export function PlanApproval({ approval, step, onStep, answering, mode, onMode }: PlanApprovalProps) {
  const [clearContext, setClearContext] = useState(false);
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => data(api.GET('/api/config', { signal })),
    staleTime: 60_000,
  });
  const modes = MODES.filter((one) => one !== 'bypassPermissions' || config.data?.allowBypass === true);
  return (
    <>
      <ScrollArea label="Plan" className="mb-3 max-h-[38dvh] rounded-md border bg-background px-4 py-3">
        <Markdown text={textIn(approval.input, 'plan')} />
      </ScrollArea>
      {step === 'deny' ? (
        <DenyForm label="What should be different?" onDeny={answering.deny} onCancel={() => onStep('ask')} />
      ) : (
        <>
          <fieldset className="mb-2 flex flex-wrap gap-x-5">
            <legend className="mb-1 text-sm font-medium">Go on with</legend>
            {modes.map((one) => (
              <label key={one} className="flex touch-target min-h-8 items-center gap-2">
                <input
                  type="radio"
                  name="plan-mode"
                  checked={mode === one}
                  onChange={() => onMode(one)}
                  className="size-4 accent-accent"
                />
                {MODE_NAMES[one]}
              </label>
            ))}
          </fieldset>
          <Switch
            label="Begin with an empty context"
            hint="Only the plan is kept."
            checked={clearContext}
            onChange={setClearContext}
          />
          <div className="mt-3 grid grid-cols-2 gap-2 sm:flex sm:flex-row-reverse">
            <Button
              look="primary"
              className="pointer-coarse:h-12"
              busy={answering.busy}
              onClick={() => answering.allow({ targetMode: mode, ...(clearContext && { clearContext }) })}
            >
              Carry it out <Key name="Enter" />
            </Button>
            <Button className="pointer-coarse:h-12" disabled={answering.busy} onClick={() => onStep('deny')}>
              Change it <Key name="Esc" />
            </Button>
          </div>
        </>
      )}
    </>
  );
}
