import { describe, expect, it } from '@jest/globals';
import { isJsonPointer, valueAt } from './json-pointer.js';

/** The document of RFC 6901, section 5. */
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('valueAt', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('follows %j as RFC 6901 has it', (pointer, value) => {
    expect(valueAt(document, pointer)).toEqual(value);
  });

  it.each(['/foo/2', '/foo/-', '/foo/01', '/foo/length', '/bar', '/foo/0/0', '/constructor', '/__proto__'])(
    'finds nothing at %j',
    (pointer) => {
      expect(valueAt(document, pointer)).toBeUndefined();
    },
  );

  it('reads ~01 as ~1 and not as a slash', () => {
    expect(valueAt({ '~1': 'tilde', '/': 'slash' }, '/~01')).toBe('tilde');
  });

  it.each([null, 'text', 7, undefined])('finds nothing in %j', (value) => {
    expect(valueAt(value, '/id')).toBeUndefined();
  });
});

describe('isJsonPointer', () => {
  it.each(['', '/', '/a/b', '/a~0~1', '//'])('takes %j', (text) => expect(isJsonPointer(text)).toBe(true));
  it.each(['a', 'a/b', '/~', '/~2', '/a~', '#/a'])('refuses %j', (text) =>
    expect(isJsonPointer(text)).toBe(false),
  );
});
