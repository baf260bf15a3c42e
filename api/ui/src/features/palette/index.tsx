/** Everything there is to go to and to do, by typing a part of its name. */
import { Command } from 'cmdk';
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { useActions } from './actions';
import { matching, type Choice, type Group } from './choices';
import { useSessions } from './use-sessions';

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
  const [typed, setTyped] = useState('');
  const { groups, settled } = useGroups(places, typed.trim());
  const pick = ({ run }: Choice) => {
    onClose();
    run();
  };
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
        placeholder="A session, a place, an action"
        className="h-13 w-full shrink-0 border-b bg-transparent px-4 text-base outline-none placeholder:text-faint"
      />
      <Command.List className="overflow-y-auto p-1.5">
        {groups.map(({ heading, choices }) => (
          <Command.Group key={heading} heading={heading} className={GROUP}>
            {choices.map((choice) => (
              <Item key={choice.key} choice={choice} onSelect={() => pick(choice)} />
            ))}
          </Command.Group>
        ))}
      </Command.List>
      {settled && (
        <Command.Empty className="px-6 pb-6 text-center text-muted">Nothing by that name.</Command.Empty>
      )}
    </Command.Dialog>
  );
}

/** Who types means what is named so before what was only said about it; who does not, goes on with a session. */
function useGroups(
  destinations: readonly Destination[],
  words: string,
): { groups: readonly Group[]; settled: boolean } {
  const [, navigate] = useLocation();
  const actions = useActions();
  const { choices, settled } = useSessions(words);
  const places = destinations.map(({ href, label, icon }) => ({
    key: href,
    label,
    icon,
    run: () => navigate(href),
  }));
  const sessions = { heading: 'Sessions', choices };
  const named = [
    { heading: 'Places', choices: matching(places, words) },
    { heading: 'Actions', choices: matching(actions, words) },
  ];
  const groups = words ? [...named, sessions] : [sessions, ...named];
  return { groups: groups.filter((group) => group.choices.length > 0), settled };
}

function Item({ choice, onSelect }: { choice: Choice; onSelect: () => void }) {
  const { key, label, about, icon: Icon } = choice;
  return (
    <Command.Item
      value={key}
      onSelect={onSelect}
      className="flex h-10 touch-target cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-hover"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 grow truncate">{label}</span>
      {about && <span className="text-sm text-muted">{about}</span>}
    </Command.Item>
  );
}
