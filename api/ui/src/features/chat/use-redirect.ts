import { useEffect } from 'react';
import { useLocation } from 'wouter';

import { moveDraft, useSession } from '@/stream';

/** A session that goes on under another id, as after `/clear`, has that one's address; what is typed goes along. */
export function useRedirect(id: string): void {
  const present = useSession(id, (state) => state.id);
  const [, navigate] = useLocation();
  useEffect(() => {
    if (present === id) return;
    moveDraft(id, present);
    const typing = document.activeElement === promptBox();
    navigate(`/sessions/${present}`, { replace: true });
    if (typing) requestAnimationFrame(() => promptBox()?.focus());
  }, [present, id, navigate]);
}

/** Of whichever session is shown. */
function promptBox(): HTMLElement | null {
  return document.querySelector('#main textarea[aria-label=Prompt]');
}
