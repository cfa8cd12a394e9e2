import { beforeEach, describe, expect, it } from '@jest/globals';
import { Board, SILENT_TICKS } from './board.js';
import type { Counts, News } from './report.js';

const [X, Y] = ['presence.default.p_x', 'presence.default.p_y'];

let board: Board;
/** What was heard: `+X` for a first subscriber, `-X` for the last, in brackets where nothing was known before. */
let heard: string[];
let seqs: Map<string, number>;

beforeEach(() => {
  heard = [];
  seqs = new Map();
  const name = (subject: string, occupied: boolean) =>
    `${occupied ? '+' : '-'}${subject.at(-1)?.toUpperCase()}`;
  board = new Board({
    turned: (subject, occupied) => heard.push(name(subject, occupied)),
    found: (subject, occupied) => heard.push(`(${name(subject, occupied)})`),
  });
});

/** @returns whether the gateway would be asked */
function tell(gateway: string, news: News, { lost = 0 } = {}): boolean {
  const seq = (seqs.get(gateway) ?? 0) + 1 + lost;
  seqs.set(gateway, seq);
  return board.take({ gateway, seq, ...news });
}
const all = (gateway: string, counts: Counts, part = 0, parts = 1) =>
  tell(gateway, { form: 'all', part, parts, counts });
const changes = (gateway: string, counts: Counts, options = {}) =>
  tell(gateway, { form: 'changes', counts }, options);

describe('Board', () => {
  it('adds the gateways up, and hears of the first that comes and the last that leaves over all of them', () => {
    all('a', {});
    all('b', {});
    expect([changes('a', { [X]: 2 }), changes('b', { [X]: 3 }), changes('a', { [X]: 0 })]).toEqual([
      false,
      false,
      false,
    ]);
    expect([board.total(X), board.total(Y)]).toEqual([3, 0]);
    expect(heard).toEqual(['+X']);
    changes('b', { [X]: 1 });
    changes('b', { [X]: 0 });
    expect(heard).toEqual(['+X', '-X']);
    expect(board.total(X)).toBe(0);
  });

  it('asks a gateway that it does not know, and believes it only when it has told all', () => {
    expect(changes('a', { [X]: 1 })).toBe(true);
    expect([board.total(X), heard]).toEqual([0, []]);
    expect(all('a', { [X]: 1, [Y]: 0 })).toBe(false);
    expect(board.total(X)).toBe(1);
    expect(heard).toEqual(['(+X)', '(-Y)']);
  });

  it('asks when a report was lost; what has come since holds until the answer puts all of it right', () => {
    all('a', { [X]: 1, [Y]: 1 });
    heard.length = 0;
    expect(changes('a', { [X]: 5 }, { lost: 1 })).toBe(true);
    expect(changes('a', { [X]: 6 })).toBe(true);
    expect([board.total(X), board.total(Y)]).toEqual([6, 1]);
    expect(all('a', { [X]: 6 })).toBe(false);
    expect([board.total(X), board.total(Y)]).toEqual([6, 0]);
    expect(heard).toEqual(['-Y']);
    expect(changes('a', {})).toBe(false);
  });

  it('takes an answer in parts as one, and asks again when one of them was lost', () => {
    all('a', { [X]: 1 });
    heard.length = 0;
    expect([all('a', { [Y]: 1 }, 0, 2), heard]).toEqual([false, []]);
    expect(all('a', { [X]: 1 }, 1, 2)).toBe(false);
    expect(heard).toEqual(['+Y']);
    all('a', {}, 0, 3);
    expect(tell('a', { form: 'all', part: 2, parts: 3, counts: {} }, { lost: 1 })).toBe(true);
    expect([board.total(X), board.total(Y)]).toEqual([1, 1]);
  });

  it('forgets a gateway that ends at once, and one that falls silent after some ticks', () => {
    all('a', { [X]: 1 });
    all('b', { [X]: 1, [Y]: 1 });
    heard.length = 0;
    tell('b', { form: 'gone' });
    expect([board.size, board.total(X), board.total(Y), heard]).toEqual([1, 1, 0, ['-Y']]);
    for (let n = 0; n < SILENT_TICKS; n += 1) board.tick();
    expect([board.total(X), changes('a', {})]).toEqual([1, false]);
    for (let n = 0; n < SILENT_TICKS; n += 1) board.tick();
    board.forgiveSilence();
    board.tick();
    expect(board.total(X)).toBe(1);
    for (let n = 0; n < SILENT_TICKS; n += 1) board.tick();
    expect([board.size, board.total(X), heard]).toEqual([0, 0, ['-Y', '-X']]);
  });
});
