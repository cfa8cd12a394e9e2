import { describe, expect, it } from '@jest/globals';
import { scrub } from './scrub.js';

const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdHJlYW1zIjpbXX0.c2lnbmF0dXJlLW9mLXRoZS10aWNrZXQ';

describe('scrub', () => {
  it.each([
    ['an API key', 'with rnl_k1abc_S3cretS3cret in it', 'with rnl_k1abc_[hidden] in it'],
    ['several API keys', 'rnl_a_b,rnl_c_d', 'rnl_a_[hidden],rnl_c_[hidden]'],
    ['a ticket in a query', '/sse?ticket=abc.def&replay=1', '/sse?ticket=[hidden]&replay=1'],
    ['a ticket in an encoded query', '/x?next=%2Fsse%3Fticket%3Dabc', '/x?next=%2Fsse%3Fticket%3D[hidden]'],
    ['a ticket cookie', 'a=1; runnel_ticket=abc; b=2', 'a=1; runnel_ticket=[hidden]; b=2'],
    ['the address of a webhook', 'POST /HOOKS/%41b-_~.9/more', 'POST /HOOKS/[hidden]/more'],
    ['a JSON web token', `got ${TOKEN}!`, 'got [hidden]!'],
    ['a bearer credential', 'authorization: Bearer abc.def-_~+/=', 'authorization: Bearer [hidden]'],
    ['the password of an address', 'to nats://svc:hunter2@host:4222', 'to nats://svc:[hidden]@host:4222'],
  ])('hides %s', (_what, text, clean) => {
    expect(scrub(text)).toBe(clean);
  });

  it('leaves other text alone', () => {
    const text = 'GET /v1/streams/p_0123456789012345678901 200 at nats://host:4222 rnl_ ticket eyJ';
    expect(scrub(text)).toBe(text);
  });

  it('keeps serialised JSON valid', () => {
    const value = { msg: `"rnl_a_b"\n${TOKEN}\\`, url: 'http://u:p@h/?ticket=x"y' };
    expect(JSON.parse(scrub(JSON.stringify(value)))).toEqual({
      msg: '"rnl_a_[hidden]"\n[hidden]\\',
      url: 'http://u:[hidden]@h/?ticket=[hidden]"y',
    });
  });

  it.each(['eyJ', 'eyJaaaaa.', 'rnl_', 'ticket=', '://a:', 'Bearer '])(
    'is quick on a long run of %s',
    (part) => {
      const startedAt = performance.now();
      scrub(part.repeat(Math.ceil(64_000 / part.length)));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );
});
