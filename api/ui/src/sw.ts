/// <reference lib="webworker" />
/**
 * The service worker: opens the UI without the network, and shows notifications. Only the UI's own files are ever
 * kept; what the API says always comes from the API. It imports types only, as it has to be one file.
 */
import type { PushKey } from '@/api';
import type { Activate, OpenPath, PushMessage, Shell } from '@/pwa/worker';

declare const self: ServiceWorkerGlobalScope;
declare const __SHELL__: Shell;

const SHELL = __SHELL__;
const NAME = `ui-${SHELL.version}`;
const FILES = new Set(SHELL.files);
/** These have their content's hash in their name. */
const UNCHANGING = '/assets/';
/** Not the UI's; see also the pages that the API itself has. */
const NOT_OURS = /^\/(api|healthz|metrics)(\/|$)/;
const WAITS_FOR_AN_ANSWER = ['approval', 'question', 'plan'];

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || NOT_OURS.test(pathname)) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (FILES.has(pathname) || pathname.startsWith(UNCHANGING)) event.respondWith(file(request));
});
self.addEventListener('message', (event) => {
  // A person has asked for the new version.
  if (event.data === ('activate' satisfies Activate)) void self.skipWaiting();
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all(
    SHELL.files.map(async (path) => {
      const kept = path.startsWith(UNCHANGING) ? await caches.match(path) : undefined;
      const answer =
        kept ?? (await fetch(path, { cache: path.startsWith(UNCHANGING) ? 'default' : 'no-cache' }));
      if (!answer.ok) throw new Error(`${path} cannot be kept: status ${answer.status}`);
      await cache.put(path, answer);
    }),
  );
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Every address of the UI is its one page. */
async function page(request: Request): Promise<Response> {
  return (await find('/')) ?? fetch(request);
}

async function file(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const kept = await find(path);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200 && path.startsWith(UNCHANGING)) {
    const cache = await caches.open(NAME);
    // The page's answer does not wait for the disk, and a full one takes nothing from it.
    cache.put(path, answer.clone()).catch(() => undefined);
  }
  return answer;
}

async function find(path: string): Promise<Response | undefined> {
  const cache = await caches.open(NAME);
  return cache.match(path, { ignoreVary: true });
}

self.addEventListener('push', (event) => {
  const message = event.data?.json() as PushMessage | undefined;
  if (message) event.waitUntil(show(message));
});
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data)));
});
self.addEventListener('notificationclose', (event) => event.waitUntil(count()));
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(resubscribe(event)));

async function show(message: PushMessage): Promise<void> {
  await self.registration.showNotification(message.title, {
    body: message.body,
    tag: message.tag,
    icon: '/icons/icon-192.png',
    badge: '/icons/badge-96.png',
    requireInteraction: WAITS_FOR_AN_ANSWER.includes(message.kind),
    data: message.url,
  });
  await count();
}

/** The number on the app's icon: how many notifications nobody has looked at. */
async function count(): Promise<void> {
  const shown = await self.registration.getNotifications();
  if ('setAppBadge' in self.navigator) await self.navigator.setAppBadge(shown.length);
}

/** In a window that is there already, else in a new one. An address of another site opens the UI itself. */
async function open(address: string): Promise<void> {
  await count();
  const url = new URL(address, self.location.origin);
  const path = url.origin === self.location.origin ? url.pathname + url.search : '/';
  const windows = await self.clients.matchAll({ type: 'window' });
  const [window] = windows.toSorted((a, b) => Number(b.focused) - Number(a.focused));
  if (!window) {
    await self.clients.openWindow(path);
    return;
  }
  window.postMessage({ type: 'open', path } satisfies OpenPath);
  await window.focus();
}

/** The browser's vendor has replaced the subscription, or ended it; the old one gets nothing any more. */
async function resubscribe({ newSubscription }: PushSubscriptionChangeEvent): Promise<void> {
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(await wanted()));
  await fetch('/api/push/subscriptions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(subscription.toJSON()),
  });
}

async function wanted(): Promise<PushSubscriptionOptionsInit> {
  const answer = await fetch('/api/push/key');
  const { publicKey } = (await answer.json()) as PushKey;
  return { userVisibleOnly: true, applicationServerKey: publicKey };
}
