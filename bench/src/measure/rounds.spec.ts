import { describe, expect, it } from '@jest/globals';
import { delivering, inTurns, perCpuSecond } from './rounds.js';

describe('rounds in turns', () => {
  it('are played A B A B, and the first of each does not count', async () => {
    const played: string[] = [];
    const results = await inTurns(['A', 'B'], { rounds: 2 }, async (party) => played.push(party));
    expect(played.join('')).toBe('ABABAB');
    expect([...results]).toEqual([
      ['A', [3, 5]],
      ['B', [4, 6]],
    ]);
  });

  it('are no more when a party has had its time; a first one that took all of it counts', async () => {
    const results = await inTurns(['A'], { rounds: 3, budgetMs: 0 }, async () => 'long');
    expect(results.get('A')).toEqual(['long']);
  });

  it('go on without a party that fails, and tell of it', async () => {
    const failures: unknown[] = [];
    const turns = { rounds: 1, onFailure: (...failure: unknown[]) => failures.push(failure) };
    const results = await inTurns(['A', 'B'], turns, async (party) => {
      if (party === 'A') throw new Error('lost');
      return party;
    });
    expect([...results]).toEqual([['B', ['B']]]);
    expect(failures).toEqual([['A', new Error('lost')]]);
  });

  it('fail with a party that fails where nobody wants to be told', async () => {
    const play = () => Promise.reject(new Error('lost'));
    await expect(inTurns(['A'], { rounds: 1 }, play)).rejects.toThrow('lost');
  });
});

describe('the cost of rounds', () => {
  const round = { done: 100, cpu: { gateway: 10, 'nats-server': 10, ingest: 20, auth: 5, origin: 5 } };

  it('is that of all processes, or of those that deliver', () => {
    expect(perCpuSecond([round])).toEqual([2_000]);
    expect(perCpuSecond([round], delivering)).toEqual([5_000]);
  });
});
