import { createHash } from 'node:crypto';
import { MAX_CURSOR_LENGTH } from '#libs/contracts';
import { beforeOldest, type HistoryView } from './placement.js';

/**
 * A cursor over several streams: up to 50 places in 64 characters (ADR 0011).
 *
 * Fifty sequences do not fit, but they need not: where each stream stood follows from its own history and the time of
 * the newest event delivered, except for events that were on their way at that moment. So the cursor is that time,
 * a few digits of each place's hash, which say whether the place is the one that the time suggests or an earlier one,
 * and a sum of all hashes, which proves the places that were found to be all the right ones. Any gateway can read it,
 * and nothing is kept for it anywhere.
 *
 * `m`, 7 characters of time, 6 of check, and 1 to 5 for each stream in the order of their ids; all base64url digits.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));
const TIME_LENGTH = 7;
const CHECK_LENGTH = 6;
const HEAD_LENGTH = 1 + TIME_LENGTH + CHECK_LENGTH;
const MOST_DIGITS = 5;
const CHECK_MODULUS = 64 ** CHECK_LENGTH;

/** One of the streams that a merged cursor is over, as its hub knows it. */
export interface MergedHistory {
  /** The stream's id. */
  readonly stream: string;
  readonly history: HistoryView;
}

/** A place in one stream, hashed. */
export interface PlaceMark {
  /** 30 bits, of which the cursor has the lower ones. */
  readonly digits: number;
  /** Less than 64^6: what the check adds up. */
  readonly check: number;
}

/**
 * The mark of the place behind an event.
 *
 * @param seq the event's sequence; see {@link firstPlace} for places without one
 */
export function placeMark(stream: string, epoch: string, seq: number): PlaceMark {
  const digest = createHash('sha256').update(`${stream}\0${epoch}\0${seq}`).digest();
  return { digits: digest.readUInt32BE(0) >>> 2, check: digest.readUIntBE(4, 5) % CHECK_MODULUS };
}

/**
 * The cursor.
 *
 * @param timeMs when the newest event happened that lies before any of the places; milliseconds since 1970, 0 for none
 * @param marks the marks of the places, in the order of the streams' ids
 */
export function mergedCursor(timeMs: number, marks: readonly PlaceMark[]): string {
  const check = marks.reduce((sum, mark) => (sum + mark.check) % CHECK_MODULUS, 0);
  const length = digitsFor(marks.length);
  let text = `m${encode(timeMs, TIME_LENGTH)}${encode(check, CHECK_LENGTH)}`;
  for (const { digits } of marks) text += encode(digits, length);
  return text;
}

/**
 * The place that a client has before it got anything: the newest event that it does not get, as a sequence; what lies
 * before the oldest kept event where that is the first it gets; and 0 in a stream that has not lost anything yet.
 *
 * @param afterSeq the client gets the events with a larger sequence
 */
export function firstPlace({ entries, complete }: HistoryView, afterSeq: number): number {
  const passed = entries.findLast(({ key }) => key <= afterSeq);
  if (passed !== undefined) return passed.key;
  return complete ? 0 : (beforeOldest(entries) ?? 0);
}

/**
 * Where each stream goes on, in the order given.
 *
 * @param text the cursor as the client sent it, whatever it is
 * @param streams in the order of their ids
 * @returns for each stream the sequence after which its events follow, or undefined where it cannot be shown that
 *   nothing is missing
 */
export function resumeMerged(text: string, streams: readonly MergedHistory[]): (number | undefined)[] {
  const cursor = parse(text, streams.length);
  if (cursor === undefined) return streams.map(() => undefined);
  const searches = streams.map((stream, index) => new Search(stream, cursor, index));
  const found = searches.map((search) => search.next());
  // What is lost in one stream cannot be added up, so the places in the others stand by their digits alone.
  if (found.some((place) => place === undefined)) return found.map((place) => place?.seq);
  const places = found as Place[];
  const missing = mod(cursor.check - places.reduce((sum, { mark }) => sum + mark.check, 0));
  const corrections = missing === 0 ? [] : correct(missing, places, searches);
  if (corrections === undefined) return streams.map(() => undefined);
  for (const { index, place } of corrections) places[index] = place;
  return places.map(({ seq }) => seq);
}

interface ParsedCursor {
  readonly timeMs: number;
  readonly check: number;
  /** Digits of each stream's mark, and of how many bits they are. */
  readonly digits: readonly number[];
  readonly digitsMask: number;
}

interface Place {
  readonly seq: number;
  readonly mark: PlaceMark;
}

interface Correction {
  readonly index: number;
  readonly place: Place;
}

/** The places of one stream that the cursor may mean, the likeliest first. */
class Search {
  private readonly places: Generator<Place>;

  constructor(stream: MergedHistory, cursor: ParsedCursor, index: number) {
    this.places = matches(stream, cursor, index);
  }

  next(): Place | undefined {
    return this.places.next().value;
  }

  rest(): Place[] {
    return [...this.places];
  }
}

function* matches(
  { stream, history }: MergedHistory,
  { timeMs, digits, digitsMask }: ParsedCursor,
  index: number,
): Generator<Place> {
  for (const seq of candidates(history, timeMs)) {
    const mark = placeMark(stream, history.epoch, seq);
    if ((mark.digits & digitsMask) === digits[index]) yield { seq, mark };
  }
}

function* candidates({ entries, complete }: HistoryView, timeMs: number): Generator<number> {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const { key, at } = entries[index] as HistoryView['entries'][number];
    if (at <= timeMs) yield key;
  }
  // Whoever has got nothing of a complete history stands at 0: see firstPlace.
  if (complete) yield 0;
  const first = beforeOldest(entries);
  if (first !== undefined) yield first;
}

/**
 * Which places must be others for the check to add up: one or two streams had events on their way whose digits happen
 * to be those of the event before them. More at once is not looked for.
 */
function correct(
  missing: number,
  places: readonly Place[],
  searches: readonly Search[],
): Correction[] | undefined {
  const others = searches.flatMap((search, index) =>
    search.rest().map((place) => {
      const difference = mod(place.mark.check - (places[index] as Place).mark.check);
      return { index, place, difference };
    }),
  );
  const byDifference = new Map(others.map((other) => [other.difference, other]));
  const single = byDifference.get(missing);
  if (single !== undefined) return [single];
  for (const one of others) {
    const two = byDifference.get(mod(missing - one.difference));
    if (two !== undefined && two.index !== one.index) return [one, two];
  }
  return undefined;
}

function parse(text: string, streams: number): ParsedCursor | undefined {
  const length = digitsFor(streams);
  if (text[0] !== 'm' || text.length !== HEAD_LENGTH + streams * length) return undefined;
  const values = [...text.slice(1)].map((character) => VALUES.get(character));
  if (values.includes(undefined)) return undefined;
  let at = 0;
  const take = (count: number) => {
    at += count;
    return (values as number[]).slice(at - count, at).reduce((number, value) => number * 64 + value, 0);
  };
  const timeMs = take(TIME_LENGTH);
  const check = take(CHECK_LENGTH);
  const digits = Array.from({ length: streams }, () => take(length));
  return { timeMs, check, digits, digitsMask: 2 ** (6 * length) - 1 };
}

function digitsFor(streams: number): number {
  return Math.min(MOST_DIGITS, Math.floor((MAX_CURSOR_LENGTH - HEAD_LENGTH) / streams));
}

/** The lowest digits of a number. */
function encode(number: number, length: number): string {
  let text = '';
  let rest = number;
  for (let count = 0; count < length; count += 1) {
    text = ALPHABET[rest % 64] + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}

function mod(number: number): number {
  return ((number % CHECK_MODULUS) + CHECK_MODULUS) % CHECK_MODULUS;
}
