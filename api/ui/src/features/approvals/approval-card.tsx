/**
 * One thing that waits for a person. Enter allows it and Esc leads to the denial while the card itself has the focus:
 * never while something is typed, and never by a key that is held down.
 */
import { ChevronLeft, ChevronRight, ShieldQuestion } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';

import type { Approval, PermissionMode } from '@/api';
import { mcpName } from '@/lib/tools';
import { Badge, IconButton } from '@/ui';
import { PlanApproval } from './plan-approval';
import { QuestionApproval } from './question-approval';
import { ToolApproval, type Step } from './tool-approval';
import { useAnswering } from './use-answering';

interface ApprovalCardProps {
  id: string;
  cwd: string;
  approval: Approval;
  /** Counted from 1. */
  position: number;
  count: number;
  onMove: (by: 1 | -1) => void;
}

export function ApprovalCard({ id, cwd, approval, position, count, onMove }: ApprovalCardProps) {
  const { kind = 'tool', toolUseId, reason, subagentId } = approval;
  const card = useRef<HTMLElement>(null);
  const [step, setStep] = useState<Step>('ask');
  const [mode, setMode] = useState<PermissionMode>('acceptEdits');
  const answering = useAnswering(id, toolUseId);

  // The keyboard goes to it, unless it is in use.
  useEffect(() => {
    const { activeElement } = document;
    const used = activeElement && activeElement !== document.body && activeElement.id !== 'main';
    if (!used) card.current?.focus({ preventScroll: true });
  }, []);

  function onStep(next: Step) {
    setStep(next);
    if (next === 'ask') card.current?.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.repeat || event.nativeEvent.isComposing) return;
    if (event.key === 'Escape' && kind !== 'question') {
      event.stopPropagation();
      onStep(step === 'ask' ? 'deny' : 'ask');
    }
    if (event.key !== 'Enter' || event.target !== card.current || step !== 'ask' || kind === 'question')
      return;
    event.preventDefault();
    answering.allow(kind === 'plan' ? { targetMode: mode } : {});
  }

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys for what its buttons do as well
    <section
      ref={card}
      aria-label={titleOf(approval)}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- has the keys above
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="flex max-h-[62dvh] w-full flex-col overflow-hidden rounded-lg border border-warning bg-raised shadow-md"
    >
      <header className="flex items-center gap-2 border-b bg-warning-soft px-3 py-2 text-warning">
        <ShieldQuestion aria-hidden className="size-5 shrink-0" />
        <h2 className="min-w-0 grow truncate font-semibold">{titleOf(approval)}</h2>
        {subagentId && <Badge tone="info">Subagent</Badge>}
        {count > 1 && (
          <div className="flex shrink-0 items-center text-sm">
            <IconButton label="Previous request" onClick={() => onMove(-1)}>
              <ChevronLeft aria-hidden />
            </IconButton>
            <span className="tabular-nums">
              {position} of {count}
            </span>
            <IconButton label="Next request" onClick={() => onMove(1)}>
              <ChevronRight aria-hidden />
            </IconButton>
          </div>
        )}
      </header>
      <div className="overflow-y-auto p-3">
        {reason && <p className="text-sm text-muted">{reason}</p>}
        {kind === 'tool' && <ToolApproval {...{ approval, cwd, step, onStep, answering }} />}
        {kind === 'plan' && (
          <PlanApproval {...{ approval, step, onStep, answering, mode }} onMode={setMode} />
        )}
        {kind === 'question' && <QuestionApproval {...{ approval, answering }} />}
      </div>
    </section>
  );
}

export function titleOf({ kind, toolName }: Approval): string {
  if (kind === 'question') return 'Claude asks';
  if (kind === 'plan') return 'Claude has a plan';
  const mcp = mcpName(toolName);
  return `Allow ${mcp ? `${mcp.tool} of ${mcp.server}` : toolName}?`;
}
