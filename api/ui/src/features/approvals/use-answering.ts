import { useCallback, useState } from 'react';

import { useRefusals, useSessionActions, type Approval } from '@/stream';

export interface Answering {
  /** It was answered, and the workstation has not yet said so. */
  readonly busy: boolean;
  readonly allow: (how: Omit<Approval, 'toolUseId'>) => void;
  /** Without a reason the turn stops. */
  readonly deny: (reason: string) => void;
}

export function useAnswering(id: string, toolUseId: string): Answering {
  const actions = useSessionActions(id);
  const [busy, setBusy] = useState(false);
  // What was refused can be answered again.
  useRefusals(
    id,
    useCallback(() => setBusy(false), []),
  );
  return {
    busy,
    allow: (how) => {
      if (busy) return;
      setBusy(true);
      actions.approve({ ...how, toolUseId });
    },
    deny: (reason) => {
      if (busy) return;
      setBusy(true);
      if (reason === '') actions.deny(toolUseId);
      else actions.deny(toolUseId, reason);
    },
  };
}
