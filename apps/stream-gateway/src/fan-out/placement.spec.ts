import { describe, expect, it } from '@jest/globals';
import { aheadOf, type HistoryView, place } from './placement.js';

const EPOCH = 'abc123';

/** A history of these sequences; full when it has 100. */
function history(seqs: readonly number[], lastSeq = seqs.at(-1) ?? 0): HistoryView {
  return {
    epoch: EPOCH,
    lastSeq,
    entries: seqs.map((key) => ({ key, start: 0, length: 1, tag: undefined, at: 0 })),
    wholeFrom: seqs[0] ?? lastSeq + 1,
    complete: seqs.length < 100,
  };
}

const full = history(Array.from({ length: 100 }, (_, n) => 1_000 + n * 3));
const short = history([10, 20, 30]);

function gapOf(view: HistoryView, cursor: string) {
  const { gap, afterSeq } = place(view, { cursor });
  const fields = Object.fromEntries(
    (gap?.toString() ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split(/: (.*)/s).slice(0, 2)),
  ) as Partial<Record<'id' | 'event' | 'data', string>>;
  return { afterSeq, gap: gap && { ...fields, data: JSON.parse(fields.data ?? 'null') as unknown } };
}

describe('place', () => {
  it('replays the newest 100 to whoever comes without a cursor', () => {
    expect(place(full, {})).toEqual({ afterSeq: 999 });
    expect(place(short, {})).toEqual({ afterSeq: 9 });
    expect(place(history([]), {})).toEqual({ afterSeq: 0 });
  });

  it.each([
    [0, 30],
    [1, 20],
    [2, 10],
    [3, 9],
    [100, 9],
  ])('replays %i events where that was asked for', (replay, afterSeq) => {
    expect(place(short, { replay })).toEqual({ afterSeq });
  });

  it('goes on right after the cursor of a kept event', () => {
    expect(place(short, { cursor: `${EPOCH}-20` })).toEqual({ afterSeq: 20 });
    expect(place(short, { cursor: `${EPOCH}-30` })).toEqual({ afterSeq: 30 });
    expect(place(full, { cursor: `${EPOCH}-1000` })).toEqual({ afterSeq: 1000 });
  });

  it('lets the cursor go before a wish for replay', () => {
    expect(place(short, { cursor: `${EPOCH}-20`, replay: 0 })).toEqual({ afterSeq: 20 });
  });

  it.each([
    ['that is a word', 'abc'],
    ['that is a number', '-1'],
    ['with a negative sequence', `${EPOCH}--1`],
    ['beyond whole numbers', `${EPOCH}-9007199254740993`],
    ['of 5 kB', 'x'.repeat(5_000)],
    ['of another stream', 'other99-20'],
    ['older than the history', `${EPOCH}-9`],
    ['of the future', `${EPOCH}-31`],
    ['with a space', `${EPOCH}-20 `],
    ['with leading zeros', `${EPOCH}-020`],
    ['that is not ASCII', '\u{1F600}'],
  ])('answers a cursor %s with a gap and the newest events', (_what, cursor) => {
    const { gap, afterSeq } = gapOf(short, cursor);
    expect(afterSeq).toBe(9);
    expect(gap).toEqual({
      id: `${EPOCH}-b10`,
      event: 'runnel.gap',
      data: { requested: cursor.slice(0, 64), oldest: `${EPOCH}-10`, newest: `${EPOCH}-30` },
    });
  });

  it('goes on after an event that was deleted, as long as none after it was pushed out', () => {
    const deleted: HistoryView = { ...history([20, 30], 40), wholeFrom: 10 };
    for (const seq of [10, 15, 25, 35]) {
      expect(place(deleted, { cursor: `${EPOCH}-${seq}` })).toEqual({ afterSeq: seq });
    }
    expect(gapOf(deleted, `${EPOCH}-9`).gap?.data).toMatchObject({ oldest: `${EPOCH}-20` });
    expect(place({ ...history([], 40), wholeFrom: 10 }, { cursor: `${EPOCH}-10` })).toEqual({ afterSeq: 10 });
  });

  it('answers a cursor older than the kept history with a gap', () => {
    expect(gapOf(full, `${EPOCH}-997`).gap?.data).toMatchObject({ oldest: `${EPOCH}-1000` });
  });

  it('resumes from the id of a gap event without another gap, as long as nothing more is gone', () => {
    const id = gapOf(full, 'unknown').gap?.id;
    expect(place(full, { cursor: id })).toEqual({ afterSeq: 999 });
    const later = history(
      full.entries
        .slice(1)
        .map(({ key }) => key)
        .concat(2_000),
    );
    expect(place(later, { cursor: id }).gap).toBeDefined();
  });

  it('says of an empty history that there is nothing, with an id from which the first event is not missed', () => {
    const { gap } = gapOf(history([]), 'unknown');
    expect(gap).toMatchObject({ id: `${EPOCH}-b1`, data: { oldest: null, newest: null } });
    expect(place(history([57]), { cursor: `${EPOCH}-b1` })).toEqual({ afterSeq: 0 });
  });
});

describe('a cursor from another gateway', () => {
  it.each([
    [`${EPOCH}-31`, 31],
    [`${EPOCH}-b32`, 31],
    [`${EPOCH}-30`, undefined],
    [`${EPOCH}-b31`, undefined],
    ['other-31', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s is ahead of event 30 by an event still to come: %s', (cursor, seq) => {
    expect(aheadOf(short, cursor)).toBe(seq);
  });
});
