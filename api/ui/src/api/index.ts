export { api, ApiError, apiError, data, onLoggedOut, request } from './client';
export type * from './schema.gen';
export type * from './types';
