/** Notifications of what somebody looks at are put away, and the number on the app's icon is that of the others. */
export async function putAwaySeen(path: string): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  const shown = (await registration?.getNotifications()) ?? [];
  const [seen, others] = [true, false].map((is) => shown.filter(({ data }) => (data === path) === is));
  seen?.forEach((notification) => notification.close());
  if (seen?.length && 'setAppBadge' in navigator) await navigator.setAppBadge(others?.length ?? 0);
}
