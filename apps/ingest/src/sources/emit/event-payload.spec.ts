import { describe, expect, it } from '@jest/globals';
import { eventPayload } from './event-payload.js';

describe('eventPayload', () => {
  it('escapes the line ends at which some clients cut, and means the same', () => {
    const value = { text: 'a\u2028b\u2029c\u0085d\ne' };
    const json = eventPayload(value).toString();
    expect(json).not.toMatch(/[\u0085\u2028\u2029\n]/);
    expect(JSON.parse(json)).toEqual(value);
  });
});
