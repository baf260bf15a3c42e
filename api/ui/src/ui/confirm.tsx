import type { ReactNode } from 'react';

import { Button } from './button';
import { Dialog } from './dialog';

interface ConfirmProps {
  open: boolean;
  title: string;
  /** What will happen, and whether it can be undone. */
  description: string;
  /** The verb of the button: "Delete". */
  action: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something that cannot be undone. */
export function Confirm({
  open,
  title,
  description,
  action,
  busy = false,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  return (
    <Dialog {...{ open, onClose, title, description }}>
      {children}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
