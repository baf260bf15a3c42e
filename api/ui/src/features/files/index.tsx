/** The workspace's files: a tree, and the file that is open. */
import { clsx } from 'clsx';
import { FileText } from 'lucide-react';

import { Empty, Page } from '@/ui';
import { FilePane } from './file-pane';
import { FolderActions } from './folder-actions';
import { hrefOf, useOpenFile } from './place';
import { Tree } from './tree';
import { useUploads } from './use-uploads';
import { UploadList } from './upload-list';

export default function Files() {
  const open = useOpenFile();
  const uploads = useUploads();
  // On a phone the tree gives way to the file that is opened from it.
  return (
    <Page
      title="Files"
      {...(open !== null && { back: hrefOf(null) })}
      actions={
        <div className={clsx(open !== null && 'hidden lg:block')}>
          <FolderActions path="" name="Workspace" onUpload={uploads.add} />
        </div>
      }
    >
      <div className="flex h-full">
        <section
          aria-label="Workspace"
          className={clsx(
            'h-full w-full shrink-0 flex-col bg-surface lg:flex lg:w-80 lg:border-r',
            open === null ? 'flex' : 'hidden',
          )}
        >
          <Tree open={open} onUpload={uploads.add} />
          <UploadList uploads={uploads} />
        </section>
        <section
          aria-label="File"
          className={clsx('h-full min-w-0 grow', open === null ? 'hidden lg:block' : 'block')}
        >
          {open === null ? (
            <Empty icon={<FileText aria-hidden />} title="No file is open">
              Pick one to see or edit it.
            </Empty>
          ) : (
            <FilePane key={open} path={open} />
          )}
        </section>
      </div>
    </Page>
  );
}
