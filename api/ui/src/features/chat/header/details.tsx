import type { ReactNode } from 'react';

import type { SessionDetail } from '@/api';
import { MODE_NAMES } from '@/lib/modes';
import { useSession } from '@/stream';
import { Dialog } from '@/ui';
import { ConnectionMark } from './connection-mark';
import { Branch, ContextMeter, RateLimits, Spent } from './facts';
import { useLimits } from './use-limits';

interface DetailsProps {
  id: string;
  detail: SessionDetail | undefined;
  open: boolean;
  onClose: () => void;
}

/** Everything that is known of the session, for which a phone's header has no room. */
export function Details({ id, detail, open, onClose }: DetailsProps) {
  const mode = useSession(id, (state) => state.mode) ?? detail?.permissionMode;
  const model = useSession(id, (state) => state.model) ?? detail?.model;
  const git = useSession(id, (state) => state.git);
  const limits = useLimits(id).length > 0;
  const context = useSession(id, (state) => state.contextUsage);
  const spent = useSession(id, (state) => state.usage);
  return (
    <Dialog open={open} onClose={onClose} title="Session">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-3 text-sm">
        <Fact name="Status">
          <ConnectionMark id={id} />
        </Fact>
        {mode && <Fact name="Permissions">{MODE_NAMES[mode]}</Fact>}
        <Fact name="Model">{model ?? 'Default'}</Fact>
        {context && (
          <Fact name="Context">
            <ContextMeter id={id} wide />
          </Fact>
        )}
        {spent && (
          <Fact name="Spent">
            <Spent id={id} />
          </Fact>
        )}
        {spent && <Fact name="Turns">{spent.numTurns}</Fact>}
        {limits && (
          <Fact name="Limits">
            <RateLimits id={id} all />
          </Fact>
        )}
        {detail && (
          <Fact name="Folder">
            <span className="font-mono break-all">{detail.cwd}</span>
          </Fact>
        )}
        {detail && git?.branch && (
          <Fact name="Branch">
            <Branch id={id} cwd={detail.cwd} />
          </Fact>
        )}
        {detail?.worktree && <Fact name="Worktree">{detail.worktree}</Fact>}
        <Fact name="Id">
          <span className="font-mono text-xs break-all">{id}</span>
        </Fact>
      </dl>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
