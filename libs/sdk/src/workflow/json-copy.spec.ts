import { describe, expect, it } from '@jest/globals';
import { jsonCopy } from './json-copy.js';

describe('jsonCopy', () => {
  it('is what JSON makes of the value, with its size in UTF-8', () => {
    const value = { at: new Date(0), gone: undefined, none: [undefined, Number.NaN], name: 'Zoë' };
    const copy = { at: '1970-01-01T00:00:00.000Z', none: [null, null], name: 'Zoë' };
    expect(jsonCopy(value, 'It')).toEqual({ value: copy, bytes: Buffer.byteLength(JSON.stringify(copy)) });
  });

  it.each([null, false, 0, '', 'text', []])('takes %j', (value) => {
    expect(jsonCopy(value, 'It')?.value).toEqual(value);
  });

  it('is not changed by what happens to the value later', () => {
    const value = { names: ['Ada'] };
    const copy = jsonCopy(value, 'It');
    value.names.push('Grace');
    expect(copy?.value).toEqual({ names: ['Ada'] });
  });

  it.each([undefined, () => 1, Symbol('x'), { toJSON: () => undefined }])('has no copy of %p', (value) => {
    expect(jsonCopy(value, 'It')).toBeUndefined();
  });

  it('says what cannot be written, and where it is', () => {
    const circle: Record<string, unknown> = {};
    circle.self = { circle };
    let deep: unknown = [];
    for (let n = 0; n < 100_000; n += 1) deep = [deep];
    const faults: [unknown, string][] = [
      [{ price: 1n }, 'It cannot be written as JSON: it holds a BigInt at "price".'],
      [1n, 'It cannot be written as JSON: it holds a BigInt.'],
      [circle, 'It cannot be written as JSON: it refers to itself.'],
      [deep, 'It cannot be written as JSON: it is nested too deeply.'],
    ];
    for (const [value, message] of faults) {
      const fault = expect.objectContaining({ name: 'TypeError', message });
      expect(() => jsonCopy(value, 'It')).toThrow(fault);
    }
  });

  it('leaves functions out, or refuses them where that is asked for', () => {
    const value = { a: 1, run() {} };
    expect(jsonCopy(value, 'It')?.value).toEqual({ a: 1 });
    expect(() => jsonCopy(value, 'It', { refuseFunctions: true })).toThrow('it holds a function at "run"');
    expect(() => jsonCopy([Symbol('x')], 'It', { refuseFunctions: true })).toThrow('a symbol at "0"');
  });
});
