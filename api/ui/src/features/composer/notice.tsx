import { useEffect, useState } from 'react';

import { useConnection, type Connection } from '@/stream';
import { Notice } from '@/ui';

const WORDS: Partial<Record<Connection, string>> = {
  connecting: 'Connecting to the workstation…',
  reconnecting: 'Connecting again… Prompts are kept on this device and sent when the connection is back.',
  offline: 'Offline. Prompts are kept on this device and sent when the connection is back.',
  unauthorized: 'The login has ended. Log in again; prompts are kept on this device until then.',
};

/** A connection that comes back so soon is nothing to tell of. */
const PATIENCE = 1_000; // milliseconds

export function ConnectionNotice({ id }: { id: string }) {
  const connection = useConnection(id);
  const [told, setTold] = useState<Connection>('live');
  useEffect(() => {
    const timer = setTimeout(() => setTold(connection), connection === 'live' ? 0 : PATIENCE);
    return () => clearTimeout(timer);
  }, [connection]);
  const words = told === connection || connection !== 'live' ? WORDS[told] : undefined;
  return <div aria-live="polite">{words && <Notice kind="warning">{words}</Notice>}</div>;
}
