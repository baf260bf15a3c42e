/** Web Push on this device. */
import { api, ApiError, data, type PushSubscription as Wanted } from '@/api';
import { canWork } from './registration';

export type PushState = 'on' | 'off' | 'denied' | 'insecure' | 'unsupported';

export async function pushState(): Promise<PushState> {
  if (!window.isSecureContext) return 'insecure';
  if (!canWork() || !('PushManager' in window)) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return (await subscription()) ? 'on' : 'off';
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Asks for the permission: only for a click, and before anything else, as browsers want it. */
export async function turnOnPush(): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error('This browser does not permit notifications; allow them in the settings of the site');
  const registration = await navigator.serviceWorker.register('/sw.js');
  await navigator.serviceWorker.ready;
  await subscribe(registration.pushManager);
}

/** Tells the workstation again where this device is on: it may have been set up anew, and know nothing of it. */
export async function renewPush(): Promise<void> {
  if ((await pushState()) !== 'on') return;
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration) await subscribe(registration.pushManager);
}

async function subscribe(manager: PushManager): Promise<void> {
  const { publicKey } = await data(api.GET('/api/push/key'));
  const before = await manager.getSubscription();
  if (before && keyOf(before) !== publicKey) await before.unsubscribe();
  const made = await manager
    .subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`The browser's push service did not subscribe this device: ${why}`, { cause: error });
    });
  const body = { ...(made.toJSON() as Wanted), name: deviceName(navigator.userAgent) };
  await api.POST('/api/push/subscriptions', { body });
}

/** The workstation's key that a subscription was made with, written as the workstation writes it. */
function keyOf({ options: { applicationServerKey: key } }: PushSubscription): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer())));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export async function turnOffPush(): Promise<void> {
  const made = await subscription();
  if (!made) return;
  await made.unsubscribe();
  await api
    .DELETE('/api/push/subscriptions', { body: { endpoint: made.endpoint } })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error; // it was forgotten there
    });
}

/** "Chrome on Android": for a list, not for decisions. */
export function deviceName(agent: string): string {
  const first = (names: readonly (readonly [string, string])[], otherwise: string) =>
    names.find(([mark]) => agent.includes(mark))?.[1] ?? otherwise;
  const browser = first(
    [
      ['Edg', 'Edge'],
      ['Firefox', 'Firefox'],
      ['Chrome', 'Chrome'],
      ['Safari', 'Safari'],
    ],
    'Browser',
  );
  const system = first(
    [
      ['iPhone', 'iPhone'],
      ['iPad', 'iPad'],
      ['Android', 'Android'],
      ['Mac OS', 'macOS'],
      ['Windows', 'Windows'],
      ['Linux', 'Linux'],
    ],
    'an unknown system',
  );
  return `${browser} on ${system}`;
}
