import {
  Download,
  FilePlus,
  FolderPlus,
  MoreHorizontal,
  Pencil,
  SquareTerminal,
  Trash2,
  Upload as UploadIcon,
} from 'lucide-react';
import { useRef, useState } from 'react';
import { useLocation } from 'wouter';

import { join } from '@/lib/paths';
import { IconButton, Menu } from '@/ui';
import { Delete } from './delete';
import { NameDialog } from './name-dialog';
import { downloadOf, hrefOf } from './place';
import { useCreateFile, useCreateFolder } from './queries';
import { Rename } from './rename';
import type { Upload } from './tree';

interface FolderActionsProps {
  /** The empty path is the workspace itself, which can be neither renamed nor deleted. */
  path: string;
  name: string;
  onUpload: Upload;
  /** Something is in it that was not. */
  onAdded?: () => void;
}

export function FolderActions({ path, name, onUpload, onAdded }: FolderActionsProps) {
  const [asking, setAsking] = useState<'file' | 'folder' | 'rename' | 'delete' | null>(null);
  const [, navigate] = useLocation();
  const createFile = useCreateFile();
  const createFolder = useCreateFolder();
  const picker = useRef<HTMLInputElement>(null);
  const close = () => setAsking(null);
  return (
    <>
      <Menu
        items={[
          { label: 'New file', icon: <FilePlus aria-hidden />, onSelect: () => setAsking('file') },
          { label: 'New folder', icon: <FolderPlus aria-hidden />, onSelect: () => setAsking('folder') },
          {
            label: 'Upload files',
            icon: <UploadIcon aria-hidden />,
            onSelect: () => picker.current?.click(),
          },
          {
            label: 'Download as zip',
            icon: <Download aria-hidden />,
            onSelect: () => window.location.assign(downloadOf(path)),
          },
          {
            label: 'Open in terminal',
            icon: <SquareTerminal aria-hidden />,
            onSelect: () => navigate(`/terminal?${new URLSearchParams({ cwd: path || '.' })}`),
          },
          ...(path
            ? [
                {
                  label: 'Rename or move',
                  icon: <Pencil aria-hidden />,
                  onSelect: () => setAsking('rename'),
                },
                {
                  label: 'Delete',
                  icon: <Trash2 aria-hidden />,
                  danger: true,
                  onSelect: () => setAsking('delete'),
                },
              ]
            : []),
        ]}
      >
        <IconButton label={`Actions for ${name}`}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      </Menu>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={`Files for ${name}`}
        onChange={({ target }) => {
          onUpload(path, [...(target.files ?? [])]);
          target.value = '';
          onAdded?.();
        }}
      />
      {asking === 'file' && (
        <NameDialog
          title="New file"
          action="Create"
          onClose={close}
          onName={async (typed) => {
            await createFile.mutateAsync(join(path, typed));
            onAdded?.();
            navigate(hrefOf(join(path, typed)));
          }}
        />
      )}
      {asking === 'folder' && (
        <NameDialog
          title="New folder"
          action="Create"
          onClose={close}
          onName={async (typed) => {
            await createFolder.mutateAsync(join(path, typed));
            onAdded?.();
          }}
        />
      )}
      {asking === 'rename' && <Rename path={path} onClose={close} />}
      {asking === 'delete' && <Delete path={path} isFolder onClose={close} />}
    </>
  );
}
