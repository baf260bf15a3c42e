/** What an installed app has to say by itself, above everything: a new version, and no connection. */
import { CloudOff, Sparkles, X } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useStore } from 'zustand';

import { Button, IconButton } from '@/ui';
import { putAwaySeen } from './badge';
import { useUnreachable } from './reach';
import { takeVersion, version } from './registration';
import type { OpenPath } from './worker';

export function Pwa() {
  useNotifications();
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 safe-bottom lg:bottom-4"
    >
      <Unreachable />
      <NewVersion />
    </div>
  );
}

function Bar({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className="pointer-events-auto flex max-w-md items-center gap-2.5 rounded-md border bg-raised py-1.5 pr-1.5 pl-3.5 text-base shadow-lg [&>svg]:size-4.5 [&>svg]:shrink-0">
      {icon}
      {children}
    </div>
  );
}

function NewVersion() {
  const { waiting } = useStore(version);
  const [put, setPut] = useState<ServiceWorker | null>(null);
  const [busy, setBusy] = useState(false);
  if (!waiting || waiting === put) return null;
  return (
    <Bar icon={<Sparkles aria-hidden className="text-accent" />}>
      <span className="grow">A new version is there</span>
      <Button
        look="primary"
        size="sm"
        busy={busy}
        onClick={() => {
          setBusy(true);
          takeVersion(waiting);
        }}
      >
        Reload
      </Button>
      <IconButton label="Later" onClick={() => setPut(waiting)}>
        <X aria-hidden />
      </IconButton>
    </Bar>
  );
}

/** An open session tells of its connection itself. */
function Unreachable() {
  const unreachable = useUnreachable();
  const [location] = useLocation();
  if (!unreachable || location.startsWith('/sessions/')) return null;
  return (
    <Bar icon={<CloudOff aria-hidden className="text-warning" />}>
      <span className="py-1 pr-2">The workstation cannot be reached. What you see may be old.</span>
    </Bar>
  );
}

/** A notification that was chosen opens its session; the session that is seen needs no notification any more. */
function useNotifications(): void {
  const [location, navigate] = useLocation();
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return;
    const hear = ({ data }: MessageEvent<OpenPath>) => navigate(data.path);
    navigator.serviceWorker.addEventListener('message', hear);
    return () => navigator.serviceWorker.removeEventListener('message', hear);
  }, [navigate]);
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return;
    const look = () => {
      if (document.visibilityState === 'visible') void putAwaySeen(location);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [location]);
}
