import { Problem } from '#libs/contracts';
import { httpSource } from './http/http-source.js';
import { natsSource } from './nats/nats-source.js';
import { rssSource } from './rss/rss-source.js';
import type { SourceType } from './source-type.js';
import { timerSource } from './timer/timer-source.js';

/** Every type of source. A new one is a folder beside `http/` and a line here. */
export const SOURCE_TYPES: readonly [SourceType, ...SourceType[]] = [
  httpSource,
  timerSource,
  rssSource,
  natsSource,
];

/** The type of this name, or undefined for one that a newer version may know. */
export function sourceTypeNamed(name: string): SourceType | undefined {
  return SOURCE_TYPES.find((type) => type.name === name);
}

/** The type that the body of a request names. @throws Problem `malformed-request` naming the types there are */
export function sourceTypeIn(body: unknown): SourceType {
  const name = typeof body === 'object' && body !== null ? (body as { type?: unknown }).type : undefined;
  const type = typeof name === 'string' ? sourceTypeNamed(name) : undefined;
  if (type !== undefined) return type;
  const names = SOURCE_TYPES.map((known) => `"${known.name}"`).join(', ');
  throw new Problem('malformed-request', `A source must have one of these types: ${names}.`, {
    errors: [{ field: 'type', message: `must be one of ${names}` }],
  });
}
