import type { PermissionMode } from '@/api';

/** What a session may do without being asked, as people choose it. */
export const MODE_NAMES: Record<PermissionMode, string> = {
  default: 'Ask before changes',
  acceptEdits: 'Accept edits',
  plan: 'Plan first',
  dontAsk: 'Deny what is not allowed',
  bypassPermissions: 'Bypass permissions',
};
