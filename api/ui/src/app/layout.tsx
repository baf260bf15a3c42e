/** The frame around every view: a rail of places beside it on a desk, below it on a phone. */
import { clsx } from 'clsx';
import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

import { renewPush } from '@/pwa';
import { parentOf, PLACES } from './places';
import { useSwipeBack } from './swipe-back';
import { useTheme } from './theme';
import { useStrayFiles } from './use-stray-files';

const Palette = lazy(() => import('@/features/palette'));

export function Layout({ children }: { children: ReactNode }) {
  const [location, navigate] = useLocation();
  const parent = parentOf(location);
  useTheme();
  useStrayFiles();
  useEffect(() => {
    // What does not succeed now does at the next start; the settings say what is wrong.
    renewPush().catch(() => undefined);
  }, []);
  useSwipeBack(
    useCallback(() => parent && navigate(parent), [navigate, parent]),
    parent !== null,
  );
  // The keyboard of a phone, a conversation and a terminal need all the height there is.
  const immersed = /^\/(sessions\/|new|terminal)/.test(location);
  return (
    <div className="flex h-dvh flex-col safe-top lg:flex-row">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-3"
      >
        Skip to content
      </a>
      <main id="main" tabIndex={-1} className="order-1 min-h-0 min-w-0 grow outline-none lg:order-2">
        {children}
      </main>
      <Rail location={location} hiddenOnPhones={immersed} />
      <PaletteKey />
    </div>
  );
}

function Rail({ location, hiddenOnPhones }: { location: string; hiddenOnPhones: boolean }) {
  return (
    <nav
      aria-label="Places"
      className={clsx(
        'order-2 shrink-0 border-t bg-surface safe-bottom lg:order-1 lg:block lg:w-18 lg:border-t-0 lg:border-r lg:py-2',
        hiddenOnPhones && 'hidden',
      )}
    >
      <ul className="flex lg:flex-col lg:gap-1">
        {PLACES.map(({ href, label, icon: Icon, owns }) => (
          <li key={href} className="min-w-0 grow basis-0">
            <Link
              href={href}
              aria-current={owns.test(location) ? 'page' : undefined}
              className="flex h-14 flex-col items-center justify-center gap-1 text-xs text-muted hover:text-text aria-[current]:font-medium aria-[current]:text-accent"
            >
              <Icon aria-hidden className="size-5" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function PaletteKey() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      // In the terminal Ctrl-K belongs to the shell.
      if (!event.metaKey && event.target instanceof Element && event.target.closest('.xterm')) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  if (!open) return null;
  return (
    <Suspense>
      <Palette places={PLACES} onClose={() => setOpen(false)} />
    </Suspense>
  );
}
