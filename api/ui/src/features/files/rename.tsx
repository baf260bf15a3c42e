import { useLocation } from 'wouter';

import { moveDrafts } from './drafts';
import { NameDialog } from './name-dialog';
import { hrefOf, useOpenFile } from './place';
import { useMove } from './queries';

/** Another name for a file or a folder, in the same folder or another. */
export function Rename({ path, onClose }: { path: string; onClose: () => void }) {
  const move = useMove();
  const open = useOpenFile();
  const [, navigate] = useLocation();
  return (
    <NameDialog
      title="Rename or move"
      label="Path in the workspace"
      value={path}
      action="Move"
      onClose={onClose}
      onName={async (target) => {
        if (target === path) return;
        const { path: now } = await move.mutateAsync({ source: path, target });
        moveDrafts(path, now);
        if (open === path || open?.startsWith(`${path}/`)) navigate(hrefOf(now + open.slice(path.length)));
      }}
    />
  );
}
