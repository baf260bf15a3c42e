import { useLocation } from 'wouter';

import { baseName } from '@/lib/format';
import { Confirm } from '@/ui';
import { dropDrafts } from './drafts';
import { hrefOf, useOpenFile } from './place';
import { useDelete } from './queries';

interface DeleteProps {
  path: string;
  isFolder: boolean;
  onClose: () => void;
}

export function Delete({ path, isFolder, onClose }: DeleteProps) {
  const remove = useDelete();
  const open = useOpenFile();
  const [, navigate] = useLocation();
  return (
    <Confirm
      open
      title={`Delete ${baseName(path)}?`}
      description={
        isFolder ? 'The folder and everything in it are deleted for good.' : 'The file is deleted for good.'
      }
      action="Delete"
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { path, recursive: isFolder },
          {
            onSuccess: () => {
              dropDrafts(path);
              if (open === path || open?.startsWith(`${path}/`)) navigate(hrefOf(null));
              onClose();
            },
          },
        )
      }
    />
  );
}
