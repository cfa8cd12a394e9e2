import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_DEPTH } from '#libs/contracts';
import { type HookRequest, hookEvent } from './hook-event.js';

function eventOf(request: Partial<HookRequest>, body: string | Uint8Array = '') {
  const whole = { method: 'POST', target: '/hooks/token', headers: {}, ...request };
  return JSON.parse(JSON.stringify(hookEvent(whole, Buffer.from(body))));
}

const bodyOf = (type: string | undefined, body: string | Uint8Array) =>
  eventOf({ headers: type === undefined ? {} : { 'content-type': type } }, body);

describe('hookEvent', () => {
  it('has the fields of the contract and no others', () => {
    expect(eventOf({ method: 'GET', target: '/hooks/t/a%20b/c?x=1' })).toEqual({
      method: 'GET',
      path: '/a%20b/c',
      query: { x: '1' },
      headers: {},
      bodyRaw: '',
      body: null,
    });
  });

  it.each([
    ['/hooks/t', '/'],
    ['/hooks/t/', '/'],
    ['/hooks/t?a/b', '/'],
    ['/hooks/t//x', '//x'],
    ['/hooks/t/x/', '/x/'],
    ['http://example.org/hooks/t/x?y', '/x'],
  ])('takes the path that follows the token: %s', (target, path) => {
    expect(eventOf({ target }).path).toBe(path);
  });

  it('collects a query parameter that is repeated, and keeps odd names as they are', () => {
    const { query } = eventOf({ target: '/hooks/t?a=1&a=2&a=3&b=&c%5B%5D=x+y&__proto__=z' });
    expect(query).toEqual(
      Object.fromEntries([
        ...Object.entries({ a: ['1', '2', '3'], b: '', 'c[]': 'x y' }),
        ['__proto__', 'z'],
      ]),
    );
  });

  it('leaves out the headers that are about the connection, also those that Connection names', () => {
    const headers = {
      host: 'x',
      authorization: 'Bearer sender',
      connection: 'Keep-Alive, X-Hop',
      'keep-alive': '1',
      'x-hop': '1',
      te: 'trailers',
      upgrade: 'h2c',
      'transfer-encoding': 'chunked',
      'set-cookie': ['a', 'b'],
    };
    expect(eventOf({ headers }).headers).toEqual({
      host: 'x',
      authorization: 'Bearer sender',
      'set-cookie': ['a', 'b'],
    });
  });
});

describe('the body of an event', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.github+json',
    'Application/Cloudevents+JSON',
  ])('is the value of %s', (type) => {
    expect(bodyOf(type, '{ "a": [1] }')).toMatchObject({ bodyRaw: '{ "a": [1] }', body: { a: [1] } });
  });

  it('is the text when JSON cannot be parsed or is nested too deeply', () => {
    const deepest = '['.repeat(MAX_PAYLOAD_DEPTH) + ']'.repeat(MAX_PAYLOAD_DEPTH);
    expect(bodyOf('application/json', '{"a":').body).toBe('{"a":');
    expect(bodyOf('application/json', deepest).body).toBeInstanceOf(Array);
    expect(bodyOf('application/json', `[${deepest}]`).body).toBe(`[${deepest}]`);
  });

  it('keeps fields called __proto__ and constructor as fields', () => {
    const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}';
    expect(JSON.stringify(bodyOf('application/json', text).body)).toBe(text);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('is an object of the fields of a form', () => {
    const form = 'application/x-www-form-urlencoded';
    expect(bodyOf(form, 'payload=%7B%7D&tag=a&tag=b&__proto__=p')).toMatchObject({
      bodyRaw: 'payload=%7B%7D&tag=a&tag=b&__proto__=p',
    });
    expect(JSON.stringify(bodyOf(form, 'a=1&tag=x&tag=y&__proto__=p').body)).toBe(
      '{"a":"1","tag":["x","y"],"__proto__":"p"}',
    );
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', undefined])(
    'is the text of %s',
    (type) => {
      expect(bodyOf(type, '<ü>')).toMatchObject({ bodyRaw: '<ü>', body: '<ü>' });
    },
  );

  it('is in base64 when the bytes are no UTF-8', () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0xff]);
    expect(bodyOf('image/png', bytes)).toMatchObject({
      bodyRaw: bytes.toString('base64'),
      bodyRawEncoding: 'base64',
      body: null,
    });
  });

  it('keeps a byte order mark in the text, since signatures are made over it', () => {
    expect(bodyOf('application/json', '\uFEFF{"a":1}')).toMatchObject({
      bodyRaw: '\uFEFF{"a":1}',
      body: { a: 1 },
    });
  });

  it('is null when there is none', () => {
    expect(bodyOf('application/json', '')).toMatchObject({ bodyRaw: '', body: null });
  });
});
