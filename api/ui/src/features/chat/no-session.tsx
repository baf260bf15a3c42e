import { Unlink } from 'lucide-react';
import { useLocation } from 'wouter';

import { Button, Empty, Page } from '@/ui';

/** In place of a session that is not there (any more). */
export function NoSession() {
  const [, navigate] = useLocation();
  return (
    <Page title="Session" back="/">
      <div role="alert">
        <Empty
          icon={<Unlink aria-hidden />}
          title="There is no such session"
          action={<Button onClick={() => navigate('/')}>To the sessions</Button>}
        >
          It was deleted, or a part of its address is missing.
        </Empty>
      </div>
    </Page>
  );
}
