/** Pictures of a conversation, small; and one as large as the screen, when it is asked for. */
import { clsx } from 'clsx';
import { ImageOff, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useState } from 'react';

import type { ImagePart } from '@/api';
import { safeImage } from '@/lib/markdown';
import { IconButton } from '@/ui';

export function Pictures({ images, className }: { images: readonly ImagePart[]; className?: string }) {
  return (
    <ul aria-label="Images" className={clsx('flex flex-wrap gap-2', className)}>
      {images.map((image, number) => (
        <li key={image.ref}>
          <Picture image={image} label={images.length > 1 ? `Image ${number + 1}` : 'Image'} />
        </li>
      ))}
    </ul>
  );
}

function Picture({ image, label }: { image: ImagePart; label: string }) {
  const [failed, setFailed] = useState(false);
  const address = safeImage(image.ref);
  if (!address || failed)
    return (
      <span className="inline-flex items-center gap-2 rounded-md border bg-sunken px-3 py-2 text-sm text-muted">
        <ImageOff aria-hidden className="size-4" />
        {label} cannot be shown
      </span>
    );
  return (
    <Dialog.Root>
      <Dialog.Trigger
        aria-label={`Show ${label.toLowerCase()}`}
        className="block overflow-hidden rounded-md border"
      >
        <img
          src={address}
          alt={label}
          loading="lazy"
          onError={() => setFailed(true)}
          className="h-40 max-w-full object-contain"
        />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-50 flex flex-col bg-background/95 safe-top safe-bottom"
        >
          <div className="flex items-center justify-between px-4 py-2">
            <Dialog.Title className="text-lg font-semibold">{label}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close">
                <X aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          <div className="flex min-h-0 grow items-center justify-center overflow-auto p-4">
            <img src={address} alt={label} className="max-h-full max-w-full object-contain" />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
