/** Keeps the UI for when there is no network, and learns of new versions of it. */
import { createStore } from 'zustand/vanilla';

import type { Activate } from './worker';

const LOOK_EVERY = 60 * 60_000; // milliseconds

interface Version {
  /** The worker of a new version, that waits until somebody wants it. */
  readonly waiting: ServiceWorker | null;
}

export const version = createStore<Version>(() => ({ waiting: null }));

/** Browsers have service workers only on HTTPS and on `localhost`. */
export function canWork(): boolean {
  return 'serviceWorker' in navigator;
}

/** Once the page has what it needs itself: the worker loads the other views as well. */
export function registerWhenIdle(): void {
  if (!canWork() || import.meta.env.DEV) return;
  const register = () => setTimeout(() => void follow(), 1000);
  if (document.readyState === 'complete') register();
  else window.addEventListener('load', register, { once: true });
}

async function follow(): Promise<void> {
  // Where it is not permitted the UI goes on without; whether there is one tells `ready`.
  navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  const registration = await navigator.serviceWorker.ready;
  const take = () => {
    if (registration.waiting) version.setState({ waiting: registration.waiting });
  };
  take();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', take);
  });
  let looked = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - looked < LOOK_EVERY) return;
    looked = Date.now();
    // Offline there is nothing to learn.
    registration.update().catch(() => undefined);
  });
}

/** The worker of a version that is newer than this page; null when there is none. */
export async function newestVersion(): Promise<ServiceWorker | null> {
  const registration = canWork() ? await navigator.serviceWorker.getRegistration() : undefined;
  // Whatever keeps it from being asked for, there is then nothing newer.
  await registration?.update().catch(() => undefined);
  if (registration?.installing) await installed(registration.installing);
  return registration?.waiting ?? null;
}

/** Resolves when the worker has its files, or cannot have them. */
function installed(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state !== 'installing') resolve();
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Goes over to the version that waits, in every window of the UI: their files are of one version. */
export function takeVersion(waiting: ServiceWorker | null): void {
  const reload = () => window.location.reload();
  if (!waiting || waiting.state === 'redundant') {
    reload();
    return;
  }
  navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true });
  waiting.postMessage('activate' satisfies Activate);
}
