import type { PendingPrompt } from '@/stream';
import { Spinner } from '@/ui';

/** A prompt that is on its way. One that cannot go is the composer's. */
export function PendingRow({ prompt: { text, attachments } }: { prompt: PendingPrompt }) {
  const files = attachments.length;
  return (
    <div className="flex flex-col items-end gap-1 py-1">
      <h2 className="sr-only">You</h2>
      <div className="max-w-[min(85%,40rem)] min-w-0 rounded-lg rounded-br-sm border bg-sunken px-3.5 py-2 break-words whitespace-pre-wrap">
        {text}
        {files > 0 && (
          <span className="block text-sm text-muted">{files === 1 ? '1 file' : `${files} files`}</span>
        )}
      </div>
      <div className="flex h-7 items-center gap-2 text-xs text-muted">
        <Spinner /> Sending
      </div>
    </div>
  );
}
