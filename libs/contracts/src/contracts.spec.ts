import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { channelFault } from './channel.js';
import { cursorBefore, eventCursor, parseCursor } from './cursor.js';
import { isStreamId, kindOfStreamId, newStreamId, randomBase62 } from './ids.js';
import { MAX_CURSOR_LENGTH } from './limits.js';
import { isName, numberedName, toName } from './names.js';
import { Problem } from './problem.js';

describe('ids', () => {
  it('have the prefix of their kind and at least 22 characters that cannot be guessed', () => {
    expect(newStreamId('source')).toMatch(/^dc_[0-9A-Za-z]{22}$/);
    expect(newStreamId('workflow')).toMatch(/^p_[0-9A-Za-z]{22}$/);
    expect(kindOfStreamId(newStreamId('source'))).toBe('source');
    const ids = Array.from({ length: 1_000 }, () => newStreamId('workflow'));
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every(isStreamId)).toBe(true);
  });

  it('draw every character about as often', () => {
    const counts = new Map<string, number>();
    for (const character of randomBase62(62_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(250);
  });

  it.each([
    'p_',
    'p_short',
    'x_0000000000000000000000',
    'p_000000000000000000000*',
    'p_0000000000000000000000.a',
    '',
  ])('are not %j', (text) => {
    expect(isStreamId(text)).toBe(false);
  });
});

describe('names', () => {
  it.each([
    ['My GitHub hook', 'my-github-hook'],
    ['Zoë & Müller', 'zoe-muller'],
    ['  a__b  ', 'a__b'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('are slugs: %j becomes %j', (text, name) => {
    expect(toName(text)).toBe(name);
    expect(isName(name)).toBe(true);
  });

  it.each(['', '!!!', 'a\nb', 'a\u0000b', '日本'])('are not made of %j', (text) => {
    expect(toName(text)).toBeUndefined();
  });

  it('are always names once they are made, with a number too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(500), (text, n) => {
        const name = toName(text);
        if (name !== undefined) expect(isName(numberedName(name, n).replace(/-(?=-)/, ''))).toBe(true);
      }),
    );
  });
});

describe('channelFault', () => {
  it.each(['a', 'price/EUR', 'ü'.repeat(128), '日本 🚀', 'Error', 'runnel', 'a.b.*>'])(
    'takes %j',
    (channel) => {
      expect(channelFault(channel)).toBeUndefined();
    },
  );

  it.each([
    undefined,
    null,
    1,
    '',
    'c'.repeat(129),
    'a\nb',
    'a\rb',
    'a\0',
    '\u007f',
    '\u0085',
    'a\u2028b',
    '\ud800',
    ' a',
    'a ',
    'error',
    'open',
    'runnel.gap',
  ])('refuses %j', (channel) => {
    expect(channelFault(channel)).toEqual(expect.any(String));
  });
});

describe('cursors', () => {
  it('read back what was written, and fit a header', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{12}$/), fc.maxSafeNat(), (epoch, seq) => {
        expect(parseCursor(eventCursor(epoch, seq))).toEqual({ epoch, seq, side: 'after' });
        expect(parseCursor(cursorBefore(epoch, seq))).toEqual({ epoch, seq, side: 'before' });
        expect(cursorBefore(epoch, seq).length).toBeLessThanOrEqual(MAX_CURSOR_LENGTH);
      }),
    );
  });

  it('are nothing else, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const cursor = parseCursor(text);
        if (cursor === undefined) return;
        const write = cursor.side === 'after' ? eventCursor : cursorBefore;
        expect(write(cursor.epoch, cursor.seq)).toBe(text);
      }),
    );
  });
});

describe('Problem', () => {
  it('knows its status, and when to come back where a retry may help', () => {
    expect(new Problem('not-found', 'x')).toMatchObject({ status: 404, retryAfterS: undefined });
    expect(new Problem('outcome-unknown', 'x')).toMatchObject({ status: 503, retryAfterS: 1 });
    expect(new Problem('too-many-requests', 'x', { retryAfterS: 7 }).retryAfterS).toBe(7);
  });
});
