import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { signingPair } from '../../test/signing-pair.js';
import type { PublicKey } from './public-key.js';
import { PublishedKeys } from './published-keys.js';

let published: PublicKey[];
let questions: number;
let reachable: boolean;
let keys: PublishedKeys;

beforeEach(async () => {
  jest.useFakeTimers();
  published = [(await signingPair('one')).publicKey];
  questions = 0;
  reachable = true;
  keys = new PublishedKeys(async () => {
    questions += 1;
    if (!reachable) throw new Error('Nobody answers.');
    return published;
  });
});
afterEach(() => {
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('PublishedKeys', () => {
  it('asks once for all who look for a key at once, and again after five seconds', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find('one')));
    expect(found.every((key) => key !== undefined)).toBe(true);
    await pass(4_900);
    await keys.find('one');
    expect(questions).toBe(1);
    await pass(200);
    await keys.find('one');
    expect(questions).toBe(2);
  });

  it('asks no more than once a second for keys that are not there', async () => {
    for (let n = 0; n < 50; n += 1) expect(await keys.find(`made up ${n}`)).toBeUndefined();
    expect(questions).toBe(1);
    await pass(1_000);
    expect(await keys.find('made up')).toBeUndefined();
    expect(questions).toBe(2);
  });

  it('finds a key that was made after it asked', async () => {
    await keys.find('one');
    published = [(await signingPair('two')).publicKey, ...published];
    await pass(1_000);
    expect(await keys.find('two')).toBeDefined();
  });

  it('forgets within five seconds a key that was taken back', async () => {
    await keys.find('one');
    published = [];
    await pass(5_000);
    expect(await keys.find('one')).toBeUndefined();
  });

  it('goes on with what it knows for a minute while nobody answers, asking once a second', async () => {
    await keys.find('one');
    reachable = false;
    await pass(50_000);
    for (let n = 0; n < 10; n += 1) expect(await keys.find('one')).toBeDefined();
    expect(questions).toBe(2);
    await pass(10_001);
    await expect(keys.find('one')).rejects.toThrow('Nobody answers.');
  });
});
