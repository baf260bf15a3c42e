/** Files of this device into the workspace, where the agent finds them. */
import { api, ApiError, data, type Attachment } from '@/api';
import { upload } from '@/lib/upload';

/** Below the workspace's root, so that no project gets files that nobody put there. */
const FOLDER = 'uploads';

/** Throws `ApiError`. `progress` gets what has been sent, from 0 to 1. */
export async function uploadFile(
  file: File,
  root: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  await makeFolder();
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const path = await upload(file, FOLDER, file.name, progress, signal).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'exists') throw error;
    return upload(file, FOLDER, `${stamp}-${file.name}`, progress, signal);
  });
  return { name: file.name, path: `${root.replace(/\/$/, '')}/${path}` };
}

async function makeFolder(): Promise<void> {
  const { dirs } = await data(api.GET('/api/browse', { params: { query: { path: '' } } }));
  if (!dirs.includes(FOLDER)) await data(api.POST('/api/files/folder', { body: { path: FOLDER } }));
}
