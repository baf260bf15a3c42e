/** The menu of a session. What it is made of is loaded when one is first opened: a list has many that never are. */
import { EllipsisVertical } from 'lucide-react';
import { lazy, Suspense, useState, type ComponentProps } from 'react';

import { IconButton } from '@/ui';
import { titleOf } from './rows';

const Loaded = lazy(() => import('./session-menu-items'));

export function SessionMenu({ session }: ComponentProps<typeof Loaded>) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <IconButton
      label={`Actions for ${titleOf(session)}`}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setWanted(true)}
    >
      <EllipsisVertical aria-hidden />
    </IconButton>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <Loaded session={session} />
    </Suspense>
  );
}
