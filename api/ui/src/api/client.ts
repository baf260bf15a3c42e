/** The REST API, typed by its OpenAPI document. Every answer that is not a success is thrown as an `ApiError`. */
import createClient from 'openapi-fetch';

import type { paths } from './schema.gen';

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly field: string | null = null,
    /** Seconds to wait before trying again, where the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const listeners = new Set<() => void>();

/** Calls `listener` whenever the server no longer knows who this is. Returns how to stop that. */
export function onLoggedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function apiError(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'error' in body) {
    const { error, code, field } = body as { error: string; code?: string; field?: string };
    return new ApiError(error, response.status, code ?? 'error', field ?? null, retryAfter);
  }
  const text = `The workstation answered with status ${response.status}; try again in a moment`;
  return new ApiError(text, response.status, 'unexpected', null, retryAfter);
}

/** `fetch`, but an answer that is not a success and a server that cannot be reached are `ApiError`s. */
export async function request(input: Request | string, options?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The workstation cannot be reached; check the connection', 0, 'unreachable');
  }
  if (response.ok) return response;
  const error = await apiError(response);
  if (response.status === 401 && !response.url.endsWith('/api/login'))
    listeners.forEach((listener) => listener());
  throw error;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: (input) => request(input) });

/** The body of an answer that `request` let through. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
