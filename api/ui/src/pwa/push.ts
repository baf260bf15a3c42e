/** Web Push on this device. */
import { api, data, type PushSubscription as Wanted } from '@/api';
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
  const [registration, key] = await Promise.all([
    navigator.serviceWorker.register('/sw.js'),
    data(api.GET('/api/push/key')),
  ]);
  await navigator.serviceWorker.ready;
  let made: PushSubscription;
  try {
    made = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key.publicKey,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The browser's push service did not subscribe this device: ${why}`, { cause: error });
  }
  const body = { ...(made.toJSON() as Wanted), name: deviceName(navigator.userAgent) };
  await api.POST('/api/push/subscriptions', { body });
}

export async function turnOffPush(): Promise<void> {
  const made = await subscription();
  if (!made) return;
  await made.unsubscribe();
  await api.DELETE('/api/push/subscriptions', { body: { endpoint: made.endpoint } });
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
