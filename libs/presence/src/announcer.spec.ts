import { beforeEach, describe, expect, it } from '@jest/globals';
import { Announcer, LEFT_TICKS } from './announcer.js';

let announcer: Announcer;
let told: string[];
beforeEach(() => {
  told = [];
  announcer = new Announcer({ tell: (subject) => told.push(subject) });
});

function ticks(count: number): string[] {
  told = [];
  for (let n = 0; n < count; n += 1) announcer.tick();
  return told;
}

describe('Announcer', () => {
  it('tells at once that somebody has come, and after a while that all have left', () => {
    announcer.turned('x', true);
    expect(ticks(1)).toEqual(['x']);
    announcer.turned('x', false);
    expect(ticks(LEFT_TICKS - 1)).toEqual([]);
    expect(ticks(1)).toEqual(['x']);
    expect(ticks(2 * LEFT_TICKS)).toEqual([]);
  });

  it('tells nothing when those who left come back in time, or those who came are gone at once', () => {
    announcer.turned('x', false);
    ticks(LEFT_TICKS - 1);
    announcer.turned('x', true);
    announcer.turned('y', true);
    announcer.turned('y', false);
    expect(ticks(2 * LEFT_TICKS)).toEqual([]);
  });

  it('tells in any case of what it found: nobody knows what was told before', () => {
    announcer.found('x', true);
    announcer.found('y', false);
    announcer.turned('x', false);
    announcer.turned('y', true);
    expect(ticks(1)).toEqual(['y']);
    expect(ticks(LEFT_TICKS)).toEqual(['x']);
  });

  it('leaves to others what they have told, unless it has become untrue', () => {
    announcer.turned('x', true);
    announcer.heard('x', true);
    announcer.turned('y', true);
    announcer.heard('y', false);
    expect(ticks(1)).toEqual(['y']);
  });

  it('spreads what a whole gateway takes with it', () => {
    for (let n = 0; n < 5_000; n += 1) announcer.turned(`x${n}`, true);
    const sizes = [ticks(1).length, ticks(1).length, ticks(1).length, ticks(1).length];
    expect(sizes).toEqual([2_000, 2_000, 1_000, 0]);
  });
});
