import { FileText, TriangleAlert, X } from 'lucide-react';

import { Spinner } from '@/ui';
import { shownPicture } from './pictures';
import type { Attached, Attachments } from './use-attachments';

export function AttachmentList({ attachments }: { attachments: Attachments }) {
  if (attachments.items.length === 0) return null;
  return (
    <ul aria-label="Attachments" className="flex flex-wrap gap-2 px-3 pt-3">
      {attachments.items.map((item) => (
        <li
          key={item.key}
          className="flex max-w-full min-w-0 items-center gap-2 rounded-md border bg-sunken py-1 pr-1 pl-1.5"
        >
          <Picture item={item} />
          <span className="min-w-0">
            <span className="block max-w-40 truncate text-sm">{item.name}</span>
            {item.error ? (
              <span role="alert" className="block max-w-60 text-xs text-danger">
                {item.error}
              </span>
            ) : (
              item.value === null && <Progress share={item.share} name={item.name} />
            )}
          </span>
          <button
            type="button"
            aria-label={`Remove ${item.name}`}
            onClick={() => attachments.remove(item.key)}
            className="inline-flex size-6 touch-target shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
          >
            <X aria-hidden className="size-4" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Picture({ item }: { item: Attached }) {
  const address = item.value && shownPicture(item.value);
  if (address) return <img src={address} alt="" className="size-9 shrink-0 rounded-sm object-cover" />;
  if (item.error) return <TriangleAlert aria-hidden className="size-4 shrink-0 text-danger" />;
  if (item.value) return <FileText aria-hidden className="size-4 shrink-0 text-muted" />;
  return <Spinner />;
}

function Progress({ share, name }: { share: number; name: string }) {
  return (
    <progress
      aria-label={`Upload of ${name}`}
      value={share}
      max={1}
      className="block h-1 w-24 appearance-none overflow-hidden rounded-full bg-border [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-border [&::-webkit-progress-value]:bg-accent"
    />
  );
}
