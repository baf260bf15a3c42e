import { clsx } from 'clsx';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

interface MenuProps {
  items: readonly MenuItem[];
  /** Whether it is open to begin with. */
  opened?: boolean;
  children: ReactNode;
}

/**
 * A menu that opens from `children`, which has to be one button. It lies within the page's main part, which stays there
 * for screen readers; what is beneath it takes no click meanwhile.
 */
export function Menu({ items, opened = false, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={opened}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.getElementById('main')}>
        <div>
          <div className="fixed inset-0 z-40" />
          <DropdownMenu.Content
            align="end"
            sideOffset={4}
            collisionPadding={8}
            className="z-50 min-w-44 rounded-md border bg-raised p-1 shadow-lg"
          >
            {items.map((item) => (
              <DropdownMenu.Item
                key={item.label}
                disabled={item.disabled ?? false}
                onSelect={item.onSelect}
                className={clsx(
                  'flex h-9 touch-target cursor-pointer items-center gap-2.5 rounded-sm px-2.5 text-base outline-none data-disabled:opacity-55 data-highlighted:bg-hover [&>svg]:size-4',
                  item.danger && 'text-danger',
                )}
              >
                {item.icon}
                {item.label}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </div>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
