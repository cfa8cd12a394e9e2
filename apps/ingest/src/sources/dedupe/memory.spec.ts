import { describe, expect, it } from '@jest/globals';
import type { DedupeRule } from './dedupe-rule.js';
import { eventId, isGreater } from './event-id.js';
import { judge, type Memory, memoriesIn, stateOf } from './memory.js';

const rule = (strategy: DedupeRule['strategy'], pointer = '/id'): DedupeRule => ({ strategy, pointer });

/** Judges looks or events one after the other, keeping what is remembered as a source does. */
class Judge {
  private state: unknown;

  constructor(private readonly rule: DedupeRule) {}

  /** The ids that pass. */
  see(ids: readonly unknown[], together = false): unknown[] {
    const [before] = memoriesIn(this.state, [this.rule]) as [Memory];
    const events = ids.map((id) => eventId({ id }, this.rule.pointer));
    const { passes, memory } = judge(before, events, together);
    this.state = JSON.parse(JSON.stringify(stateOf([memory])));
    return ids.filter((_id, index) => passes[index]);
  }
}

describe('unique', () => {
  it('lets each id through once, within one look and over several', () => {
    const judging = new Judge(rule('unique'));
    expect(judging.see([1, 2, 1])).toEqual([1, 2]);
    expect(judging.see([2, 3])).toEqual([3]);
    expect(judging.see(['1', '3', '3'])).toEqual(['1', '3']);
  });

  it('remembers the last 1,000 ids, and not more', () => {
    const judging = new Judge(rule('unique'));
    for (let n = 0; n <= 1_000; n++) judging.see([n]);
    expect(judging.see([1])).toEqual([]);
    expect(judging.see([0])).toEqual([0]);
  });

  it('does not forget what is seen again and again', () => {
    const judging = new Judge(rule('unique'));
    for (let n = 1; n <= 1_500; n++) judging.see(['pinned', n], true);
    expect(judging.see(['pinned', 1_500], true)).toEqual([]);
  });

  it('remembers twice the ids of a longer look, so that a long feed does not push its own out', () => {
    const judging = new Judge(rule('unique'));
    const feed = Array.from({ length: 1_500 }, (_, n) => n);
    expect(judging.see(feed, true)).toHaveLength(1_500);
    expect(judging.see([...feed.slice(1), 1_500], true)).toEqual([1_500]);
    expect(judging.see(feed, true)).toEqual([]);
  });
});

describe('greatest', () => {
  it('lets only greater ids through', () => {
    const judging = new Judge(rule('greatest'));
    expect(judging.see([5, 3, 5, 6, 10, 9])).toEqual([5, 6, 10]);
    expect(judging.see([10, 11])).toEqual([11]);
  });

  it('compares numbers as numbers, also where they are texts', () => {
    expect(new Judge(rule('greatest')).see(['9', '10', 11, '12'])).toEqual(['9', '10', 11, '12']);
  });

  it('compares texts as texts, as with dates', () => {
    const dates = ['2026-01-02', '2026-01-01', '2026-01-10'];
    expect(new Judge(rule('greatest')).see(dates)).toEqual(['2026-01-02', '2026-01-10']);
  });
});

describe('last', () => {
  it('leaves out an event alone that has the id of the one before', () => {
    const judging = new Judge(rule('last'));
    expect(judging.see([1, 1, 2, 1])).toEqual([1, 2, 1]);
    expect(judging.see([1])).toEqual([]);
    expect(judging.see([2])).toEqual([2]);
  });

  it('lets those through that come behind the last, of events that come together', () => {
    const judging = new Judge(rule('last'));
    expect(judging.see([1, 2, 3], true)).toEqual([1, 2, 3]);
    expect(judging.see([1, 2, 99, 3, 4], true)).toEqual([4]);
    expect(judging.see([3, 4], true)).toEqual([]);
  });

  it('lets all through when the last is not among them', () => {
    const judging = new Judge(rule('last'));
    judging.see([1, 2], true);
    expect(judging.see([7, 8], true)).toEqual([7, 8]);
  });
});

describe('every rule', () => {
  it.each(['unique', 'greatest', 'last'] as const)('lets events without an id through: %s', (strategy) => {
    const judging = new Judge(rule(strategy));
    expect(judging.see([undefined, null, undefined])).toHaveLength(3);
    expect(judging.see([1, undefined, 1])).toEqual([1, undefined]);
  });

  it.each(['unique', 'greatest', 'last'] as const)(
    'remembers nothing new when it saw nothing new: %s',
    (strategy) => {
      const [empty] = memoriesIn(undefined, [rule(strategy)]) as [Memory];
      const ids = [eventId({ id: 1 }, '/id')];
      const { memory } = judge(empty, ids, false);
      expect(judge(memory, ids, false).memory).toBe(memory);
      expect(judge(empty, [undefined], false).memory).toBe(empty);
    },
  );

  it('begins anew when the rule is another one, and where the state is damaged', () => {
    const seen = stateOf([{ strategy: 'unique', pointer: '/id', seen: ['x'] }]);
    expect(memoriesIn(seen, [rule('unique', '/key')])[0]).not.toHaveProperty('seen');
    expect(memoriesIn(seen, [rule('last')])[0]).toEqual({ strategy: 'last', pointer: '/id' });
    expect(memoriesIn({ memories: 7 }, [rule('unique')])[0]).toEqual({ strategy: 'unique', pointer: '/id' });
  });
});

describe('an id', () => {
  it('may be any JSON value but null', () => {
    const values = [1, '1', true, { a: 1 }, [1]];
    const hashes = values.map((id) => eventId({ id }, '/id')?.hash);
    expect(new Set(hashes).size).toBe(values.length);
    expect(eventId({ id: null }, '/id')).toBeUndefined();
    expect(eventId({}, '/id')).toBeUndefined();
    expect(eventId(7, '')?.text).toBe('7');
  });

  it.each([
    ['2', '10', false],
    ['10', '2', true],
    ['-1', '-2', true],
    ['1.5', '1.25', true],
    ['1e3', '999', true],
    ['9007199254740993', '9007199254740992', true],
    ['b', 'a', true],
    ['2026-02', '2026-01', true],
    ['x', '10', true],
    ['', '0', false],
  ])('%j is greater than %j: %s', (a, b, greater) => expect(isGreater(a, b)).toBe(greater));
});
