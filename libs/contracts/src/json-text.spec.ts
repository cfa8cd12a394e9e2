import { describe, expect, it } from '@jest/globals';
import { decodeUtf8, escapeLineEnds, mediaType, parseJson } from './index.js';

describe('parseJson', () => {
  it('counts levels and not brackets in texts', () => {
    expect(parseJson('{"a":"[[[[","b":"\\"[[[","c":[[1],[2]]}', 3)).toEqual({
      a: '[[[[',
      b: '"[[[',
      c: [[1], [2]],
    });
    expect(() => parseJson('[[[]]]', 2)).toThrow(/2 levels/);
  });

  it('says where the fault is and does not quote the text', () => {
    expect(() => parseJson('{"secret": oops}')).toThrow(/^The body is not valid JSON/);
    expect(() => parseJson('{"secret": oops}')).not.toThrow(/secret|oops/);
  });

  it('keeps a field called __proto__ as a field', () => {
    const value = parseJson('{"__proto__":{"admin":true}}') as { admin?: boolean };
    expect(value.admin).toBeUndefined();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}');
  });
});

describe('decodeUtf8', () => {
  it('keeps every byte or says that it cannot', () => {
    expect(decodeUtf8(Buffer.from('\uFEFFü😀\0'))).toBe('\uFEFFü😀\0');
    expect(decodeUtf8(Buffer.from([0xc3]))).toBeUndefined();
    expect(decodeUtf8(Buffer.from([0xa4]))).toBeUndefined();
    expect(decodeUtf8(Buffer.from('a'))).toBe('a');
  });
});

describe('escapeLineEnds', () => {
  it('leaves no line end at which some clients cut, and means the same', () => {
    const value = { text: 'a\u2028b\u2029c\u0085d\ne' };
    const json = escapeLineEnds(JSON.stringify(value));
    expect(json).not.toMatch(/[\u0085\u2028\u2029\n]/);
    expect(JSON.parse(json)).toEqual(value);
  });
});

describe('mediaType', () => {
  it('tells the type and the charset apart', () => {
    expect(mediaType('Text/HTML; boundary=x; charset="ISO-8859-1"')).toEqual({
      type: 'text/html',
      charset: 'iso-8859-1',
    });
    expect(mediaType(undefined)).toEqual({ type: '', charset: 'utf-8' });
  });
});
