import { describe, expect, it } from '@jest/globals';
import { makePayload, nowUs, readStamp } from './payload.js';

const stampOf = (text: string) => readStamp(Buffer.from(text), 0, text.length);

describe('a payload', () => {
  it.each([64, 100, 1_024])('of %d bytes has that length, is JSON and says what it is', (size) => {
    const payload = makePayload(7, 123.4, size);
    expect(Buffer.byteLength(payload)).toBe(size);
    expect(JSON.parse(payload)).toMatchObject({ n: 7, t: 123, s: size });
    expect(stampOf(payload)).toEqual({ n: 7, sentUs: 123, size });
  });

  it('is read in the middle of other bytes', () => {
    const payload = makePayload(8, 9, 70);
    const bytes = Buffer.from(`data: ${payload}\n`);
    expect(readStamp(bytes, 6, bytes.length - 1)).toEqual({ n: 8, sentUs: 9, size: 70 });
  });

  it.each(['', '{}', '{"n":1}', '{"n":1,"t":2}', '{"n":,"t":1,"s":1,"p":""}', 'null'])(
    'is not %j',
    (text) => {
      expect(stampOf(text)).toBeUndefined();
    },
  );

  it('that was cut off is none', () => {
    expect(stampOf(makePayload(1, 1, 64).slice(0, -1))).toBeUndefined();
  });

  it('cannot be smaller than its numbers', () => {
    expect(() => makePayload(1, 1, 20)).toThrow(RangeError);
  });
});

describe('nowUs', () => {
  it('goes forward', () => {
    const before = nowUs();
    expect(nowUs()).toBeGreaterThanOrEqual(before);
  });
});
