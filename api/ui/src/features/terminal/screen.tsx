/** A terminal on the screen: xterm.js, its connection, and on phones the keys that their keyboards lack. */
import '@xterm/xterm/css/xterm.css';

import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';

import type { UserSettings } from '@/api';
import { coloursOf, watchTheme } from './colours';
import { KeyBar } from './key-bar';
import { withCtrl } from './keys';
import { TerminalSocket, type Phase, type Wanted } from './socket';

interface ScreenProps {
  wanted: Wanted;
  settings: UserSettings;
  onAttached: (id: string) => void;
  onPhase: (phase: Phase, reason?: string) => void;
}

export function Screen({ wanted, settings, onAttached, onPhase }: ScreenProps) {
  const box = useRef<HTMLDivElement>(null);
  const [terminal, setTerminal] = useState<Terminal | null>(null);
  const socket = useRef<TerminalSocket | null>(null);
  const [ctrl, setCtrl] = useState(false);
  const ctrlNow = useRef(false); // for xterm.js, which knows nothing of renders
  const holdCtrl = (held: boolean) => {
    ctrlNow.current = held;
    setCtrl(held);
  };

  // A terminal is made once: what it was asked to be at first counts, as with `key` it is another one.
  const first = useRef({ wanted, settings, onAttached, onPhase });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const { settings, wanted, onAttached, onPhase } = first.current;
    const made = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
      fontSize: settings.terminalFontSize,
      scrollback: settings.terminalScrollback,
      theme: coloursOf(element),
      minimumContrastRatio: 4.5,
      screenReaderMode: true,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    });
    const fit = new FitAddon();
    made.loadAddon(fit);
    made.loadAddon(new WebLinksAddon((_, uri) => window.open(uri, '_blank', 'noopener,noreferrer')));
    made.open(element);
    fit.fit();
    made.focus();

    // What a program asks of its terminal was answered when it asked: not again when that is replayed.
    let replayed = false;
    let mute = false;
    const connection = new TerminalSocket(wanted, {
      size: () => ({ cols: made.cols, rows: made.rows }),
      attached: (id, fresh) => {
        made.reset();
        replayed = !fresh;
        onAttached(id);
      },
      output: (data) => {
        mute ||= replayed;
        made.write(data, replayed ? () => (mute = false) : undefined);
        replayed = false;
      },
      phase: onPhase,
    });
    socket.current = connection;
    setTerminal(made);
    made.onData((data) => {
      if (mute) return;
      const control = ctrlNow.current ? withCtrl(data) : null;
      ctrlNow.current = false;
      setCtrl(false);
      connection.input(control ?? data);
    });
    made.onResize((size) => connection.resize(size));
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element);
    const unwatch = watchTheme(() => (made.options.theme = coloursOf(element)));
    return () => {
      unwatch();
      observer.disconnect();
      connection.close();
      made.dispose();
    };
  }, []);

  return (
    <div className="flex h-full flex-col bg-surface">
      <div ref={box} className="min-h-0 grow overflow-hidden px-2 pt-2" />
      {terminal && (
        <KeyBar
          terminal={terminal}
          ctrl={ctrl}
          onCtrl={() => holdCtrl(!ctrl)}
          onSend={(data) => socket.current?.input(data)}
        />
      )}
    </div>
  );
}
