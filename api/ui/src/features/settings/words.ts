/** Words of the settings. */
const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** "24 Nov 2026, 10:30", in the browser's language and time zone. */
export function moment(iso: string): string {
  return time.format(new Date(iso));
}
