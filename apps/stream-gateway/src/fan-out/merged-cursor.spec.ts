import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_CURSOR_LENGTH, MAX_MERGED_STREAMS, REPLAY_EVENTS } from '#libs/contracts';
import { firstPlace, type MergedHistory, mergedCursor, placeMark, resumeMerged } from './merged-cursor.js';

const EPOCH = 'abc123';

interface Kept {
  readonly key: number;
  readonly at: number;
}

function historyOf(stream: string, events: readonly Kept[], epoch = EPOCH): MergedHistory {
  const entries = events
    .slice(-REPLAY_EVENTS)
    .map((event) => ({ ...event, start: 0, length: 1, tag: undefined }));
  const lastSeq = events.at(-1)?.key ?? 0;
  const wholeFrom = entries[0]?.key ?? lastSeq + 1;
  const complete = entries.length < REPLAY_EVENTS;
  return { stream, history: { epoch, entries, lastSeq, wholeFrom, complete } };
}

/** The cursor of a client that has got this many events of each stream. */
function cursorAfter(streams: readonly MergedHistory[], got: readonly number[], epoch = EPOCH): string {
  const seen = streams.map(({ history }, index) => history.entries[(got[index] as number) - 1]);
  const timeMs = Math.max(0, ...seen.map((entry) => entry?.at ?? 0));
  const marks = streams.map(({ stream }, index) => placeMark(stream, epoch, seen[index]?.key ?? 0));
  return mergedCursor(timeMs, marks);
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `p_${String(n).padStart(3, '0')}`);

/** Streams whose events happened at random times of a common clock, and how many of each a client has got. */
function scene(streams: number, events: number, lateness: number) {
  const counts = fc.array(fc.integer({ min: 0, max: events }), { minLength: streams, maxLength: streams });
  return fc.tuple(counts, fc.noShrink(fc.integer({ min: 1, max: 2 ** 30 }))).map(([sizes, seed]) => {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 32;
    };
    const all = sizes.map((size) => {
      let key = Math.floor(random() * 1_000);
      let at = 1_700_000_000_000 + Math.floor(random() * 1_000);
      return Array.from({ length: size }, () => {
        key += 1 + Math.floor(random() * 50);
        at += Math.floor(random() * 100);
        return { key, at };
      });
    });
    const now = 1_700_000_000_000 + Math.floor(random() * events * 60);
    // Nothing that happened long before is still on its way; what happened just now may be.
    const got = all.map((list) => {
      const happened = list.filter(({ at }) => at <= now - lateness).length;
      const onItsWay = list.filter(({ at }) => at <= now).length - happened;
      return happened + Math.floor(random() * (onItsWay + 1));
    });
    return { all, got };
  });
}

function expectPlaces(streams: readonly MergedHistory[], got: readonly number[], cursor: string): void {
  const places = resumeMerged(cursor, streams);
  const expected = streams.map(({ history }, index) => history.entries[(got[index] as number) - 1]?.key ?? 0);
  expect(places).toEqual(expected);
}

describe('a merged cursor', () => {
  it.each([1, 2, 10, 11, 25, 50])('has room for %d streams', (count) => {
    const marks = names(count).map((name) => placeMark(name, EPOCH, 1));
    const cursor = mergedCursor(Date.UTC(2099, 0), marks);
    expect(cursor.length).toBeLessThanOrEqual(MAX_CURSOR_LENGTH);
    expect(cursor).toMatch(/^m[\w-]+$/);
  });

  it.each([1, 3, 12, MAX_MERGED_STREAMS])(
    'finds the places of %d streams again, while more events came',
    (count) => {
      fc.assert(
        fc.property(scene(count, 60, 0), ({ all, got }) => {
          const streams = names(count).map((name, index) => historyOf(name, all[index] ?? []));
          expectPlaces(streams, got, cursorAfter(streams, got));
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each([2, 10, 25])('finds them where up to a second of events was on its way in %d streams', (count) => {
    fc.assert(
      fc.property(scene(count, 60, 1_000), ({ all, got }) => {
        const streams = names(count).map((name, index) => historyOf(name, all[index] ?? []));
        expectPlaces(streams, got, cursorAfter(streams, got));
      }),
      { numRuns: 60 },
    );
  });

  it('never finds a wrong place in 50 streams: the right ones, or none', () => {
    let lost = 0;
    fc.assert(
      fc.property(scene(MAX_MERGED_STREAMS, 40, 200), ({ all, got }) => {
        const streams = names(MAX_MERGED_STREAMS).map((name, index) => historyOf(name, all[index] ?? []));
        const cursor = cursorAfter(streams, got);
        if (resumeMerged(cursor, streams).every((place) => place === undefined)) lost += 1;
        else expectPlaces(streams, got, cursor);
      }),
      { numRuns: 200 },
    );
    expect(lost).toBeLessThan(20);
  });

  it('says which stream has lost what followed, and goes on in the others', () => {
    const event = (n: number) => ({ key: n * 7, at: 1_000 + n });
    const events = Array.from({ length: 400 }, (_, n) => event(n + 1));
    const before = [historyOf('p_a', events.slice(0, 50)), historyOf('p_b', events.slice(0, 10))];
    const cursor = cursorAfter(before, [50, 10]);
    const now = [historyOf('p_a', events), historyOf('p_b', events.slice(0, 12))];
    expect(resumeMerged(cursor, now)).toEqual([undefined, event(10).key]);
  });

  it('is unknown in a log that was made again', () => {
    const events = [{ key: 5, at: 10 }];
    const cursor = cursorAfter([historyOf('p_a', events)], [1]);
    expect(resumeMerged(cursor, [historyOf('p_a', events, 'other')])).toEqual([undefined]);
  });

  it('is unknown to other streams, and to another number of them', () => {
    const events = [{ key: 5, at: 10 }];
    const cursor = cursorAfter([historyOf('p_a', events)], [1]);
    expect(resumeMerged(cursor, [historyOf('p_b', events)])).toEqual([undefined]);
    expect(resumeMerged(cursor, [historyOf('p_a', events), historyOf('p_b', events)])).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('takes any text for what it is not', () => {
    const streams = [historyOf('p_a', [{ key: 5, at: 10 }])];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^m[\w-]{18}$/)), (text) => {
        expect(resumeMerged(text, streams)).toEqual([undefined]);
      }),
    );
  });
});

describe('the first place', () => {
  const full = historyOf(
    'p_a',
    Array.from({ length: 100 }, (_, n) => ({ key: 500 + n, at: n })),
  ).history;

  it.each([
    ['the newest event that is not got', 540, 540],
    ['the newest event, where what came after was none', 9_999, 599],
    ['before the oldest of a full history', 0, 499],
  ])('is %s', (_, afterSeq, place) => {
    expect(firstPlace(full, afterSeq)).toBe(place);
    const stream = { stream: 'p_a', history: full };
    const cursor = mergedCursor(1_000, [placeMark('p_a', EPOCH, place)]);
    expect(resumeMerged(cursor, [stream])).toEqual([place]);
  });

  it('is 0 where nothing was lost yet', () => {
    const { history } = historyOf('p_a', [{ key: 5, at: 10 }]);
    expect(firstPlace(history, 0)).toBe(0);
    expect(firstPlace(historyOf('p_a', []).history, 0)).toBe(0);
  });
});
