import type { Terminal } from '@xterm/xterm';
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';

import { arrow, type Arrow } from './keys';

interface KeyBarProps {
  terminal: Terminal;
  /** Whether Ctrl is held for the next key. */
  ctrl: boolean;
  onCtrl: () => void;
  onSend: (data: string) => void;
}

const ARROWS: readonly [Arrow, string, ReactNode][] = [
  ['left', 'Left', <ArrowLeft key="left" aria-hidden className="size-4" />],
  ['down', 'Down', <ArrowDown key="down" aria-hidden className="size-4" />],
  ['up', 'Up', <ArrowUp key="up" aria-hidden className="size-4" />],
  ['right', 'Right', <ArrowRight key="right" aria-hidden className="size-4" />],
];
const SIGNS = ['|', '/', '-', '~'];

/** Keys that a phone's keyboard lacks. They leave the focus where it is, so that the keyboard stays. */
export function KeyBar({ terminal, ctrl, onCtrl, onSend }: KeyBarProps) {
  return (
    <div
      role="toolbar"
      aria-label="Keys"
      className="hidden shrink-0 gap-1 overflow-x-auto border-t bg-sunken p-1 safe-bottom pointer-coarse:flex"
    >
      <Key onPress={() => onSend('\x1b')}>Esc</Key>
      <Key onPress={() => onSend('\t')}>Tab</Key>
      <Key onPress={onCtrl} pressed={ctrl}>
        Ctrl
      </Key>
      {ARROWS.map(([direction, label, icon]) => (
        <Key
          key={direction}
          label={label}
          onPress={() => onSend(arrow(direction, terminal.modes.applicationCursorKeysMode))}
        >
          {icon}
        </Key>
      ))}
      {SIGNS.map((sign) => (
        <Key key={sign} onPress={() => onSend(sign)}>
          {sign}
        </Key>
      ))}
    </div>
  );
}

interface KeyProps {
  label?: string;
  pressed?: boolean;
  onPress: () => void;
  children: ReactNode;
}

function Key({ label, pressed, onPress, children }: KeyProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
      className="inline-flex h-11 min-w-11 grow items-center justify-center rounded-md bg-surface px-2 font-mono text-sm hover:bg-hover aria-pressed:bg-accent aria-pressed:text-on-accent"
    >
      {children}
    </button>
  );
}
