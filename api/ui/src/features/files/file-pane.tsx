/** The file that is open: text to edit, a picture to see, anything else to download. */
import { Download } from 'lucide-react';
import { lazy, Suspense } from 'react';

import { ApiError, type FileContent } from '@/api';
import { bytes } from '@/lib/format';
import { Empty, ErrorState, Skeleton } from '@/ui';
import { pictureType } from './names';
import { downloadOf } from './place';
import { useFile } from './queries';

const TextFile = lazy(() => import('./text-file'));

export function FilePane({ path }: { path: string }) {
  const file = useFile(path);
  if (file.isPending) return <Skeleton />;
  if (file.data) return <Shown path={path} file={file.data} />;
  if (file.error instanceof ApiError && file.error.code === 'too_large')
    return <OnlyDownload path={path}>{file.error.message}</OnlyDownload>;
  return <ErrorState error={file.error} onRetry={() => void file.refetch()} />;
}

function Shown({ path, file }: { path: string; file: FileContent }) {
  const type = pictureType(path);
  if (file.binary && type) {
    return (
      <figure className="flex h-full flex-col">
        <figcaption className="border-b bg-surface px-3 py-2 font-mono text-sm">
          {path} <span className="text-muted">{bytes(file.size)}</span>
        </figcaption>
        <div className="flex min-h-0 grow items-center justify-center p-4">
          <img
            src={`data:${type};base64,${file.content}`}
            alt={path}
            className="max-h-full max-w-full object-contain"
          />
        </div>
      </figure>
    );
  }
  if (file.binary) return <OnlyDownload path={path}>{`A binary file of ${bytes(file.size)}.`}</OnlyDownload>;
  return (
    <Suspense fallback={<Skeleton />}>
      <TextFile path={path} file={file} />
    </Suspense>
  );
}

function OnlyDownload({ path, children }: { path: string; children: string }) {
  return (
    <Empty
      title={path}
      action={
        <a
          href={downloadOf(path)}
          className="inline-flex h-9 touch-target items-center gap-2 rounded-md border bg-surface px-3.5 font-medium hover:bg-hover"
        >
          <Download aria-hidden className="size-4" />
          Download
        </a>
      }
    >
      {children}
    </Empty>
  );
}
