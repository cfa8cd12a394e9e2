import { describe, expect, it } from '@jest/globals';
import { newApiKey } from './api-key.js';
import { credentialOf } from './credential.js';

const KEY = newApiKey();
const TICKET = 'eyJh.eyJz.sig-_';
const from = (authorization?: string, url = '/x', cookie?: string) =>
  credentialOf({
    url,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { cookie }),
    },
  });
const refusal = (code: string) => expect.objectContaining({ code });

describe('credentialOf', () => {
  it('finds nothing where nothing is sent', () => {
    expect(from()).toBeUndefined();
    expect(from(undefined, '/x?a=b', 'theme=dark; other=1')).toBeUndefined();
    expect(credentialOf({ headers: {} })).toBeUndefined();
  });

  it('reads keys and tickets from the Authorization header, the scheme in any case', () => {
    expect(from(`Bearer ${KEY}`)).toEqual({ kind: 'api-key', text: KEY, place: 'header' });
    expect(from(`bEARER  ${KEY} `)).toEqual({ kind: 'api-key', text: KEY, place: 'header' });
    expect(from(`Bearer ${TICKET}`)).toEqual({ kind: 'ticket', text: TICKET, place: 'header' });
  });

  it('reads tickets from the query and from the cookie', () => {
    const ticket = { kind: 'ticket', text: TICKET };
    expect(from(undefined, `/x?a=1&ticket=${TICKET}`)).toEqual({ ...ticket, place: 'query' });
    const inCookie = { ...ticket, place: 'cookie' };
    expect(from(undefined, '/x', `a=b; runnel_ticket=${TICKET}; c=d`)).toEqual(inCookie);
    expect(from(undefined, '/x', `runnel_ticket="${TICKET}"`)).toEqual(inCookie);
  });

  it('reads the key of the console from its cookie, beside the header that no other page can send', () => {
    const cookie = `runnel_console=${encodeURIComponent(KEY)}`;
    const console = (headers: Record<string, string>) => credentialOf({ url: '/x', headers });
    expect(console({ cookie })).toBeUndefined();
    expect(console({ cookie, 'x-runnel-console': '1' })).toEqual({
      kind: 'api-key',
      text: KEY,
      place: 'cookie',
    });
    expect(console({ cookie: 'runnel_console=', 'x-runnel-console': '1' })).toBeUndefined();
    expect(() => console({ cookie: 'runnel_console=%', 'x-runnel-console': '1' })).toThrow();
  });

  it('takes a text of somebody else for an API key, in the Authorization header and nowhere else', () => {
    const text = 'a-text,of+somebody/else=x';
    expect(from(`Bearer ${text}`)).toEqual({ kind: 'api-key', text, place: 'header' });
    expect(() => from(undefined, `/x?ticket=${text}`)).toThrow(refusal('bad-credential'));
    expect(() => from(undefined, '/x', `runnel_ticket=${text}`)).toThrow(refusal('bad-credential'));
  });

  it('prefers the header, then the query, then the cookie', () => {
    const cookie = 'runnel_ticket=eyJ.the.cookie';
    expect(from(`Bearer ${KEY}`, '/x?ticket=eyJ.the.query', cookie)?.text).toBe(KEY);
    expect(from(undefined, '/x?ticket=eyJ.the.query', cookie)?.text).toBe('eyJ.the.query');
    expect(from(undefined, '/x', cookie)?.text).toBe('eyJ.the.cookie');
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNz',
    KEY,
    `Bearer ${KEY} ${KEY}`,
    `Bearer ${KEY}, Bearer ${KEY}`,
    `Token ${KEY}`,
    `Bearer ${KEY}ä`,
  ])('takes a malformed Authorization header for a bad credential, not for none: %j', (header) => {
    expect(() => from(header)).toThrow(refusal('bad-credential'));
  });

  it.each([`/x?ticket=${KEY}`, `/x?key=${KEY}`, `/x?a=1&b=rnl%5Fabc`, `/x?${KEY}`, `/x?q=rnl_`])(
    'refuses an API key in the query: %s',
    (url) => {
      expect(() => from(undefined, url)).toThrow(refusal('key-in-query'));
      expect(() => from(`Bearer ${TICKET}`, url)).toThrow(refusal('key-in-query'));
    },
  );

  it('never repeats the secret in what it throws', () => {
    for (const attempt of [() => from(undefined, `/x?a=${KEY}`), () => from(`Basic ${KEY}`)]) {
      expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining(KEY) }));
    }
  });

  it('refuses an API key in a cookie, where a foreign page could use it', () => {
    expect(() => from(undefined, '/x', `runnel_ticket=${KEY}`)).toThrow(refusal('bad-credential'));
  });

  it('refuses an empty ticket and two of them', () => {
    expect(() => from(undefined, '/x?ticket=')).toThrow(refusal('bad-credential'));
    expect(() => from(undefined, '/x?ticket=eyJ.b.c&ticket=eyJ.e.f')).toThrow(refusal('bad-credential'));
  });

  it('takes an empty cookie for none, as it is after signing out', () => {
    expect(from(undefined, '/x', 'runnel_ticket=')).toBeUndefined();
  });
});
