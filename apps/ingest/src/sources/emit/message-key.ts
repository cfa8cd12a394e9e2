import { createHash } from 'node:crypto';
import type { NewEvent } from '#libs/event-log';
import type { DedupeRule } from '../dedupe/dedupe-rule.js';
import type { EventId } from '../dedupe/event-id.js';
import { eventPayload } from './event-payload.js';

/** An event of several, in the eyes of the rules. */
export interface JudgedEvent {
  readonly rules: readonly DedupeRule[];
  /** For each rule the ids of all events. */
  readonly ids: readonly (readonly (EventId | undefined)[])[];
  readonly index: number;
  /** Of the memory that the event was compared with. */
  readonly revision: number;
}

/**
 * The key under which JetStream stores an event once, however many replicas send it: made of its id under the first
 * rule that finds one. Undefined for an event without an id.
 */
export function messageKey({ rules, ids, index, revision }: JudgedEvent): string | undefined {
  for (const [position, { strategy, pointer }] of rules.entries()) {
    const all = ids[position] ?? [];
    const id = all[index];
    if (id === undefined) continue;
    const nth = all.slice(0, index).filter((other) => other?.hash === id.hash).length;
    // Under `last` an id may rightly come again, so its key names the memory that it was compared with.
    return `dedupe ${strategy} ${strategy === 'last' ? `${revision}.${nth}` : ''} ${id.hash} ${pointer}`;
  }
  return undefined;
}

/** What to store, once for the key that its id makes, else for the key that it has itself, if it has one. */
export function keyedEvent(
  event: { readonly value: unknown; readonly key?: string | undefined },
  idKey?: string,
): NewEvent {
  const payload = eventPayload(event.value);
  // The same id on another body is the same event.
  if (idKey !== undefined) return { payload, dedupe: { key: idKey, fingerprint: 'id' } };
  if (event.key === undefined) return { payload };
  const fingerprint = createHash('sha256').update(payload).digest('base64url').slice(0, 22);
  return { payload, dedupe: { key: event.key, fingerprint } };
}
