export { useConnection, usePending, useRefusals, useSession, useSessionActions } from './hooks';
export { Heartbeat } from './heartbeat';
export { delayAfter } from './socket';
export { newClientId } from './client-id';
export { moveDraft, readDraft, writeDraft } from './drafts';
export { isBusy } from './state';
export type * from './session';
export type * from './state';
export type { Refusal } from './store';
