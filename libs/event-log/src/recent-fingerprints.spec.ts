import { describe, expect, it } from '@jest/globals';
import { RecentFingerprints } from './recent-fingerprints.js';

describe('RecentFingerprints', () => {
  it('remembers for two minutes', () => {
    let now = 0;
    const recent = new RecentFingerprints(() => now);
    recent.add('a', 'one');
    now = 119_999;
    expect(recent.get('a')).toBe('one');
    now = 120_001;
    expect(recent.get('a')).toBeUndefined();
  });

  it('forgets the oldest when there are too many', () => {
    const recent = new RecentFingerprints(() => 0);
    for (let n = 0; n <= 50_000; n += 1) recent.add(String(n), 'f');
    expect(recent.get('0')).toBeUndefined();
    expect(recent.get('50000')).toBe('f');
  });
});
