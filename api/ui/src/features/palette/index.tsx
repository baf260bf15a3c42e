/** Everything there is to go to, by typing a part of its name. */
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { MessageSquare, MessageSquarePlus, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { api, data, type SessionPage } from '@/api';
import { titleOf } from '@/features/sessions';
import { useDebounced } from '@/lib/debounce';
import { baseName } from '@/lib/format';

export interface Destination {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
}

interface Props {
  places: readonly Destination[];
  onClose: () => void;
}

const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted';

export default function Palette({ places, onClose }: Props) {
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const q = useDebounced(typed.trim(), 150);
  const sessions = useQuery({
    queryKey: ['sessions', 'palette', q],
    queryFn: async ({ signal }) =>
      (await data(
        api.GET('/api/sessions', { params: { query: { limit: 20, ...(q && { q }) } }, signal }),
      )) as SessionPage,
    placeholderData: (before) => before,
  });
  const go = (href: string) => {
    onClose();
    navigate(href);
  };
  const matching = places.filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Go to"
      shouldFilter={false}
      overlayClassName="fixed inset-0 z-40 bg-overlay"
      contentClassName="fixed top-[10dvh] left-1/2 z-50 flex max-h-[70dvh] w-[calc(100%-2rem)] max-w-xl -translate-x-1/2 flex-col overflow-hidden rounded-lg border bg-raised shadow-lg"
    >
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        placeholder="Go to a session or a place"
        className="h-13 w-full shrink-0 border-b bg-transparent px-4 text-base outline-none placeholder:text-faint"
      />
      <Command.List className="overflow-y-auto p-1.5">
        <Command.Empty className="p-6 text-center text-muted">Nothing by that name.</Command.Empty>
        <Command.Group heading="Sessions" className={GROUP}>
          {sessions.data?.items.map((session) => (
            <Item
              key={session.id}
              value={session.id}
              icon={MessageSquare}
              onSelect={() => go(`/sessions/${session.id}`)}
            >
              <span className="min-w-0 grow truncate">{titleOf(session)}</span>
              <span className="text-sm text-muted">{baseName(session.cwd)}</span>
            </Item>
          ))}
        </Command.Group>
        <Command.Group heading="Places" className={GROUP}>
          <Item value="new" icon={MessageSquarePlus} onSelect={() => go('/new')}>
            New session
          </Item>
          {matching.map(({ href, label, icon }) => (
            <Item key={href} value={href} icon={icon} onSelect={() => go(href)}>
              {label}
            </Item>
          ))}
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  );
}

interface ItemProps {
  value: string;
  icon: LucideIcon;
  onSelect: () => void;
  children: React.ReactNode;
}

function Item({ value, icon: Icon, onSelect, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-10 touch-target cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-hover"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      {children}
    </Command.Item>
  );
}
