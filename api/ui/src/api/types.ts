/** Names for parts of the wire's structs that the OpenAPI document gives none. */
import type { Message, SessionSummary, UserMessage } from './schema.gen';

export type NormalizedMessage = Message['message'];
export type Part = UserMessage['parts'][number];
export type SessionStatus = SessionSummary['status'];
export type PermissionMode = SessionSummary['permissionMode'];
export type Effort = NonNullable<SessionSummary['effort']>;
