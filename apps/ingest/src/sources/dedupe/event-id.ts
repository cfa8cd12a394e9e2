import { createHash } from 'node:crypto';
import { valueAt } from './json-pointer.js';

/** A longer id is shortened where ids are compared by size; as the same or another one it always counts whole. */
const MAX_COMPARED = 256;
const WHOLE_NUMBER = /^-?[0-9]+$/;
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/** What tells an event from others of its source. */
export interface EventId {
  /** What ids are compared by in size. */
  readonly text: string;
  /** Short, and the same for the same id only: what is remembered of it. */
  readonly hash: string;
}

/** The id at the pointer; undefined when nothing is there, null included, since nothing cannot be seen twice. */
export function eventId(event: unknown, pointer: string): EventId | undefined {
  const value = valueAt(event, pointer);
  if (value === undefined || value === null) return undefined;
  const json = JSON.stringify(value);
  const text = typeof value === 'string' ? value : json;
  return {
    text: text.slice(0, MAX_COMPARED),
    hash: createHash('sha256').update(json).digest('base64url').slice(0, 16),
  };
}

/**
 * Whether the first is greater: as numbers when both are, written as a number or as a text of one; else as texts,
 * character by character. Whole numbers are compared without loss, since ids often have more than 53 bits.
 */
export function isGreater(a: string, b: string): boolean {
  if (WHOLE_NUMBER.test(a) && WHOLE_NUMBER.test(b)) return BigInt(a) > BigInt(b);
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) > Number(b);
  return a > b;
}
