/** What is asked of the server beside the stream. */
import { api, ApiError, data, request, type MessagePage } from '@/api';
import type { Told } from './story';

const OLDER_PAGE = 100;

/** The messages before that one. */
export function olderPage(id: string, before: number): Promise<MessagePage> {
  return data(
    api.GET('/api/sessions/{session_id}/messages', {
      params: { path: { session_id: id }, query: { before, limit: OLDER_PAGE } },
    }),
  );
}

/** What was told of a subagent, by the tool use that started it; nothing where nothing is kept. */
export async function subagentOf(id: string, toolUseId: string): Promise<readonly Told[]> {
  try {
    return await data(
      api.GET('/api/sessions/{session_id}/subagents/{tool_use_id}', {
        params: { path: { session_id: id, tool_use_id: toolUseId } },
      }),
    );
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** Whether the login has ended, which then leads to the login; false where nobody can say so. */
export function loginHasEnded(): Promise<boolean> {
  return request('/api/providers').then(
    () => false,
    (error: unknown) => error instanceof ApiError && error.status === 401,
  );
}
