import { expect, it } from '@jest/globals';
import { RecentIds } from './recent-ids.js';

it('knows a repeat among the latest ids, and forgets the oldest', () => {
  const recent = new RecentIds(2);
  expect(['a', 'b', 'a', 'c', 'b', 'a'].map((id) => recent.add(id))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
});
