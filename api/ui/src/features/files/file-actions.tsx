import { Download, MoreHorizontal, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { IconButton, Menu } from '@/ui';
import { Delete } from './delete';
import { downloadOf } from './place';
import { Rename } from './rename';

export function FileActions({ path, name }: { path: string; name: string }) {
  const [asking, setAsking] = useState<'rename' | 'delete' | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <Menu
        items={[
          {
            label: 'Download',
            icon: <Download aria-hidden />,
            onSelect: () => window.location.assign(downloadOf(path)),
          },
          { label: 'Rename or move', icon: <Pencil aria-hidden />, onSelect: () => setAsking('rename') },
          {
            label: 'Delete',
            icon: <Trash2 aria-hidden />,
            danger: true,
            onSelect: () => setAsking('delete'),
          },
        ]}
      >
        <IconButton label={`Actions for ${name}`}>
          <MoreHorizontal aria-hidden />
        </IconButton>
      </Menu>
      {asking === 'rename' && <Rename path={path} onClose={close} />}
      {asking === 'delete' && <Delete path={path} isFolder={false} onClose={close} />}
    </>
  );
}
