/** Times as people read them, in the browser's language and time zone. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'narrow' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const dateWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });

function midnight(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

/** How many midnights lie between; 0 for today. A day of 23 or 25 hours counts as one. */
function daysAgo(time: Date, now: Date): number {
  return Math.round((midnight(now) - midnight(time)) / (24 * HOUR));
}

/** "Today", "Yesterday", a weekday of the last week, else the date. */
export function dayName(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const days = daysAgo(time, now);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days < 7) return weekday.format(time);
  return (time.getFullYear() === now.getFullYear() ? date : dateWithYear).format(time);
}

/** "now", "5 min ago" within the hour, else the time of day: the day stands above it. */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const age = now.getTime() - time.getTime();
  if (age < MINUTE) return 'now';
  return age < HOUR ? relative.format(-Math.floor(age / MINUTE), 'minute') : clock.format(time);
}
