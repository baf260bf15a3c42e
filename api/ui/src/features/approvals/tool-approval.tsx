import { useMemo, useState } from 'react';

import type { Approval } from '@/api';
import { Button, TextArea } from '@/ui';
import { AlwaysForm } from './always-form';
import { DenyForm } from './deny-form';
import { edited, editableOf } from './editable';
import { Key } from './key';
import { Preview } from './preview';
import type { Answering } from './use-answering';

export type Step = 'ask' | 'deny' | 'always' | 'edit';

interface ToolApprovalProps {
  approval: Approval;
  cwd: string;
  step: Step;
  onStep: (step: Step) => void;
  answering: Answering;
}

/** A tool that waits to be allowed. */
export function ToolApproval({ approval, cwd, step, onStep, answering }: ToolApprovalProps) {
  const { busy, allow, deny } = answering;
  const back = () => onStep('ask');
  return (
    <>
      {step !== 'edit' && <Preview approval={approval} cwd={cwd} />}
      {step === 'deny' && <DenyForm label="What should Claude do instead?" onDeny={deny} onCancel={back} />}
      {step === 'always' && (
        <AlwaysForm approval={approval} onCancel={back} onAllow={(alwaysAllow) => allow({ alwaysAllow })} />
      )}
      {step === 'edit' && (
        <EditForm approval={approval} onCancel={back} onAllow={(updatedInput) => allow({ updatedInput })} />
      )}
      {step === 'ask' && (
        <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-row-reverse sm:justify-start">
          <Button look="primary" className="pointer-coarse:h-12" busy={busy} onClick={() => allow({})}>
            Allow <Key name="Enter" />
          </Button>
          <Button className="pointer-coarse:h-12" disabled={busy} onClick={() => onStep('deny')}>
            Deny <Key name="Esc" />
          </Button>
          <Button className="pointer-coarse:h-12" disabled={busy} onClick={() => onStep('always')}>
            Always allow…
          </Button>
          <Button look="ghost" className="pointer-coarse:h-12" disabled={busy} onClick={() => onStep('edit')}>
            Edit…
          </Button>
        </div>
      )}
    </>
  );
}

interface EditFormProps {
  approval: Approval;
  onAllow: (input: Record<string, unknown>) => void;
  onCancel: () => void;
}

function EditForm({ approval: { toolName, input }, onAllow, onCancel }: EditFormProps) {
  const editable = useMemo(() => editableOf(toolName, input), [toolName, input]);
  const [text, setText] = useState(editable.text);
  const result = edited(editable, input, text);
  return (
    <div className="flex flex-col gap-3">
      <TextArea
        autoFocus
        label={editable.label}
        rows={Math.min(12, Math.max(3, text.split('\n').length))}
        className="font-mono text-sm"
        autoCapitalize="off"
        spellCheck={false}
        value={text}
        error={'error' in result ? result.error : null}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="grid grid-cols-2 gap-2 sm:flex sm:justify-end">
        <Button onClick={onCancel}>
          Back <Key name="Esc" />
        </Button>
        <Button
          look="primary"
          disabled={'error' in result}
          onClick={() => 'input' in result && onAllow(result.input)}
        >
          Allow this
        </Button>
      </div>
    </div>
  );
}
