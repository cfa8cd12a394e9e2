import { beforeEach, describe, expect, it } from '@jest/globals';
import { entryFrom } from '../new-entry.js';
import type { StreamEntry } from '../stream-entry.js';
import { DirectoryCache, TRUST_MS } from './directory-cache.js';

let now: number;
let confirmedAt: number;
let lastConfirmedAt: number;
let cache: DirectoryCache;

beforeEach(() => {
  now = 1_000_000;
  confirmedAt = Number.NEGATIVE_INFINITY;
  lastConfirmedAt = Number.NEGATIVE_INFINITY;
  cache = new DirectoryCache({
    maxEntries: 3,
    now: () => now,
    confirmedAt: () => confirmedAt,
    lastConfirmedAt: () => lastConfirmedAt,
  });
});

function entry(revision = 1): StreamEntry {
  return { ...entryFrom({ kind: 'workflow', type: 'workflow', workspace: 'w' }), revision };
}

describe('DirectoryCache', () => {
  it('believes an entry for 4 s when no feed vouches for it', () => {
    const kept = entry();
    cache.keep(kept, now);
    now += TRUST_MS;
    expect(cache.entry(kept.id)).toBe(kept);
    now += 1;
    expect(cache.entry(kept.id)).toBeUndefined();
  });

  it('believes an entry as long as the feed proves that it told every change', () => {
    const kept = entry();
    cache.keep(kept, now);
    now += 60_000;
    confirmedAt = now - 1_000;
    expect(cache.entry(kept.id)).toBe(kept);
    confirmedAt = Number.NEGATIVE_INFINITY;
    expect(cache.entry(kept.id)).toBeUndefined();
  });

  it('has what was known last for a minute more, while nothing can be read', () => {
    const kept = entry();
    cache.keep(kept, now);
    lastConfirmedAt = now + 5_000;
    now += 65_000;
    expect([cache.entry(kept.id), cache.stale(kept.id)]).toEqual([undefined, kept]);
    now += 1;
    expect(cache.stale(kept.id)).toBeUndefined();
  });

  it('takes over changes and deletions of what it remembers, and of nothing else', () => {
    const [kept, other] = [entry(), entry()];
    cache.keep(kept, now);
    const changed = { ...kept, visibility: 'private' as const, revision: 2 };
    cache.change(kept.id, { entry: changed, revision: 2 });
    cache.change(other.id, { entry: other, revision: 3 });
    expect(cache.entry(kept.id)).toBe(changed);
    expect(cache.entry(other.id)).toBeUndefined();
    cache.change(kept.id, { entry: undefined, revision: 4 });
    expect(cache.entry(kept.id)).toBeUndefined();
  });

  it('does not let an answer that was overtaken replace a newer revision', () => {
    const newer = entry(5);
    cache.keep(newer, now);
    cache.keep({ ...newer, revision: 4 }, now);
    expect(cache.entry(newer.id)).toBe(newer);
  });

  it('believes in an absence for 1 s at most', () => {
    cache.keepAbsence('entry.x', now);
    expect(cache.isAbsent('entry.x')).toBe(true);
    now += 1_001;
    expect(cache.isAbsent('entry.x')).toBe(false);
  });

  it('is bounded, and absent keys push no entries out', () => {
    const kept = entry();
    cache.keep(kept, now);
    for (let n = 0; n < 100; n++) cache.keepAbsence(`entry.${n}`, now);
    expect(cache.entry(kept.id)).toBe(kept);
    expect(cache.isAbsent('entry.99')).toBe(true);
    expect(cache.isAbsent('entry.96')).toBe(false);
    for (let n = 0; n < 3; n++) cache.keep(entry(), now);
    expect(cache.entry(kept.id)).toBeUndefined();
  });
});
