import { X } from 'lucide-react';

import { IconButton } from '@/ui';
import type { Uploads } from './use-uploads';

export function UploadList({ uploads: { items, remove } }: { uploads: Uploads }) {
  if (!items.length) return null;
  return (
    <ul aria-label="Uploads" className="max-h-48 shrink-0 overflow-y-auto border-t p-2">
      {items.map(({ key, name, share, error, cancel }) => (
        <li key={key} className="flex items-center gap-2 py-1 pl-2 text-sm">
          <div className="min-w-0 grow">
            <p className="truncate">{name}</p>
            {error ? (
              <p role="alert" className="text-danger">
                {error}
              </p>
            ) : (
              <progress value={share} aria-label={`${name} is sent`} className="h-1.5 w-full accent-accent" />
            )}
          </div>
          <IconButton
            label={error ? `Dismiss ${name}` : `Cancel ${name}`}
            onClick={() => (error ? remove(key) : cancel())}
          >
            <X aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
