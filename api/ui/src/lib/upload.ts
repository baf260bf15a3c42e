import { ApiError, apiError, type Uploaded } from '@/api';

/**
 * Sends a file into a folder of the workspace and returns its path there. Throws `ApiError`. `progress` gets what has been
 * sent, from 0 to 1.
 *
 * By XMLHttpRequest, since `fetch` does not tell how much of a body has been sent.
 */
export function upload(
  file: File,
  folder: string,
  name: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, name);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () =>
      reject(new ApiError('The workstation cannot be reached; check the connection', 0, 'unreachable'));
    request.onabort = () => reject(new DOMException('The upload was given up', 'AbortError'));
    request.onload = () => {
      if (request.status === 201)
        resolve((JSON.parse(request.responseText) as Uploaded).files[0]?.path ?? `${folder}/${name}`);
      else void apiError(new Response(request.responseText, { status: request.status })).then(reject);
    };
    signal.addEventListener('abort', () => request.abort());
    request.open('POST', `/api/files/upload?${new URLSearchParams({ path: folder })}`);
    request.send(form);
  });
}
