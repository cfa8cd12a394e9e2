import { expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.js';

const now = Date.parse('2030-01-01T00:00:00Z');

it.each([
  [null, undefined],
  ['3', 3_000],
  ['0', 0],
  ['Tue, 01 Jan 2030 00:00:05 GMT', 5_000],
  ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
  ['99999999999', 3_600_000],
  ['soon', undefined],
])('reads %p as %p ms', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
