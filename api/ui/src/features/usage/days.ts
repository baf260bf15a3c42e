/** Days as the API counts them: dates in UTC, both ends included. */
import type { DayUsage, UsageReport } from '@/api';
import { count } from '@/lib/format';

export interface Range {
  readonly from: string;
  readonly to: string;
}

type Counts = UsageReport['tokens'];
export type Tokens = Required<Counts>;

const DAY = 24 * 60 * 60 * 1000; // milliseconds

function iso(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The last `days` days, with today. */
export function lastDays(days: number, now = new Date()): Range {
  return { from: iso(now.getTime() - (days - 1) * DAY), to: iso(now.getTime()) };
}

export interface Day extends Tokens {
  readonly day: string;
  readonly cost: number;
}

/** Every day of the range: those on which nothing was done are days too. */
export function everyDay(days: readonly DayUsage[], { from, to }: Range): Day[] {
  const known = new Map(days.map((one) => [one.day, one]));
  const result: Day[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY) {
    const day = iso(time);
    const one = known.get(day);
    result.push({ day, cost: one?.totalCostUsd ?? 0, ...tokensOf(one?.tokens ?? {}) });
  }
  return result;
}

/** The wire leaves out what is 0. */
function tokensOf({ input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Counts): Tokens {
  return { input, output, cacheRead, cacheWrite };
}

export function totalOf(counts: Counts): number {
  const { input, output, cacheRead, cacheWrite } = tokensOf(counts);
  return input + output + cacheRead + cacheWrite;
}

export const TOKEN_NAMES = ['Input', 'Output', 'Cache read', 'Cache written'] as const;

/** As people read them, in the order of their names. */
export function tokenTexts(counts: Counts): string[] {
  const { input, output, cacheRead, cacheWrite } = tokensOf(counts);
  return [input, output, cacheRead, cacheWrite].map(count);
}

const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const longDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' });

export function shortDay(day: string): string {
  return shortDate.format(new Date(day));
}

export function longDay(day: string): string {
  return longDate.format(new Date(day));
}
