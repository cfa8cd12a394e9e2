import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Collects an option that is repeated, or has commas: `--scope publish,subscribe`. */
export function listOf(text: string, previous: readonly string[] = []): string[] {
  return [...previous, ...text.split(',').filter((part) => part !== '')];
}

/** A time in ISO 8601, from one or from how long it is until then. */
export function expiry(text: string, _previous?: unknown, now = Date.now()): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now + Number(count) * (UNIT_MS[unit] ?? 0)).toISOString();
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be like 90m, 12h, 30d or 2030-01-31T12:00:00Z.');
}

/** The id of a key, from that or from the key's own text, whose secret must not become part of an address. */
export function keyIdIn(text: string): string {
  return /^rnl_([0-9A-Za-z]+)_/.exec(text)?.[1] ?? text;
}
