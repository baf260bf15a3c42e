import { ArrowLeft, Info } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';

import type { SessionDetail } from '@/api';
import { SessionMenu, titleOf } from '@/features/sessions';
import { MODE_NAMES } from '@/lib/modes';
import { useSession } from '@/stream';
import { IconButton } from '@/ui';
import { ConnectionMark } from './connection-mark';
import { Details } from './details';
import { Branch, ContextMeter, RateLimits, Spent } from './facts';

interface ChatHeaderProps {
  id: string;
  detail: SessionDetail | undefined;
}

/** What the session is and how it is; on a phone in two lines, the rest of it in a sheet. */
export function ChatHeader({ id, detail }: ChatHeaderProps) {
  const [open, setOpen] = useState(false);
  const mode = useSession(id, (state) => state.mode) ?? detail?.permissionMode;
  const model = useSession(id, (state) => state.model) ?? detail?.model;
  return (
    <header className="shrink-0 border-b bg-surface">
      <div className="flex min-h-13 items-center gap-1 px-4 py-1.5">
        <Link
          href="/"
          aria-label="Back to the sessions"
          className="-ml-2 inline-flex size-9 touch-target items-center justify-center rounded-md text-muted hover:bg-hover lg:hidden"
        >
          <ArrowLeft aria-hidden className="size-5" />
        </Link>
        <div className="min-w-0 grow">
          <h1 className="truncate text-base font-semibold">{detail ? titleOf(detail) : 'Session'}</h1>
          <div className="flex h-5 items-center gap-x-3 overflow-hidden text-xs text-muted [&>*]:shrink-0">
            <ConnectionMark id={id} />
            <ContextMeter id={id} />
            <span className="hidden items-center gap-x-3 md:inline-flex">
              {mode && <span>{MODE_NAMES[mode]}</span>}
              {model && <span>{model}</span>}
              <Spent id={id} />
              {detail && <Branch id={id} cwd={detail.cwd} />}
            </span>
          </div>
        </div>
        <IconButton label="Session details" onClick={() => setOpen(true)}>
          <Info aria-hidden />
        </IconButton>
        {detail && <SessionMenu session={detail} />}
      </div>
      <div className="px-4 text-xs empty:hidden [&>ul]:pb-2">
        <RateLimits id={id} />
      </div>
      <Details {...{ id, detail, open }} onClose={() => setOpen(false)} />
    </header>
  );
}
