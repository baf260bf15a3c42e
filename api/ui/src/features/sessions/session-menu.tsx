/** The menu of a session; what it is made of comes after the first view. */
import { EllipsisVertical } from 'lucide-react';
import { lazy, Suspense, type ComponentProps } from 'react';

import { IconButton } from '@/ui';
import { titleOf } from './rows';

const Loaded = lazy(() => import('./session-menu-items'));

export function SessionMenu({ session }: ComponentProps<typeof Loaded>) {
  const waiting = (
    <IconButton label={`Actions for ${titleOf(session)}`} disabled>
      <EllipsisVertical aria-hidden />
    </IconButton>
  );
  return (
    <Suspense fallback={waiting}>
      <Loaded session={session} />
    </Suspense>
  );
}
