import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signatureFault, signatureFields, signatureView } from './signature.js';

type Headers = Record<string, string>;

const NOW_S = 1_614_265_330;

function faultOf(settings: object, headers: Headers, body: string | Buffer, secondsLater = 0) {
  return signatureFault(signatureFields.parse(settings), {
    headers,
    body: Buffer.from(body as string),
    receivedAt: (NOW_S + secondsLater) * 1_000,
  });
}

const hmac = (algorithm: string, secret: string | Buffer, text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac(algorithm, secret).update(text).digest(encoding);

describe('github', () => {
  /** The values that GitHub's documentation gives for trying an implementation. */
  const settings = { type: 'github', secret: "It's a Secret to Everybody" };
  const body = 'Hello, World!';
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  it('takes the signature of its documentation', () => {
    expect(faultOf(settings, { 'x-hub-signature-256': signature }, body)).toBeUndefined();
  });

  it.each([
    ['no signature', {}, body],
    ['another body', { 'x-hub-signature-256': signature }, 'Hello, World?'],
    ['a body with white space behind it', { 'x-hub-signature-256': signature }, `${body}\n`],
    ['no prefix', { 'x-hub-signature-256': signature.slice(7) }, body],
    ['half a signature', { 'x-hub-signature-256': signature.slice(0, 39) }, body],
    ['no hex', { 'x-hub-signature-256': 'sha256=zz' }, body],
    ['an empty signature', { 'x-hub-signature-256': 'sha256=' }, body],
    ['the older header only', { 'x-hub-signature': `sha1=${hmac('sha1', settings.secret, body)}` }, body],
  ])('refuses %s', (_what, headers, text) => {
    expect(faultOf(settings, headers as Headers, text)).toEqual(expect.any(String));
  });

  it('is computed over the bytes, whatever they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a]);
    const signed = `sha256=${createHmac('sha256', settings.secret).update(bytes).digest('hex')}`;
    expect(faultOf(settings, { 'x-hub-signature-256': signed }, bytes)).toBeUndefined();
  });
});

describe('hmac', () => {
  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)('takes %s in hex and in base64', (algorithm) => {
    for (const encoding of ['hex', 'base64'] as const) {
      const settings = { type: 'hmac', header: 'X-Shop-Hmac', algorithm, secret: 's', encoding };
      const headers = { 'x-shop-hmac': hmac(algorithm, 's', 'body', encoding) };
      expect(faultOf(settings, headers, 'body')).toBeUndefined();
      expect(faultOf(settings, headers, 'other')).toEqual(expect.any(String));
    }
  });

  it('takes upper-case hex, and the prefix that it is told', () => {
    const settings = { type: 'hmac', header: 'x-sig', algorithm: 'sha256', secret: 's', prefix: 'v0=' };
    const hex = hmac('sha256', 's', 'body').toUpperCase();
    expect(faultOf(settings, { 'x-sig': `v0=${hex}` }, 'body')).toBeUndefined();
    expect(faultOf(settings, { 'x-sig': hex }, 'body')).toEqual(expect.any(String));
  });

  it('never says what the signature should have been', () => {
    const settings = { type: 'hmac', header: 'x-sig', algorithm: 'sha256', secret: 'hidden' };
    expect(faultOf(settings, { 'x-sig': 'ab' }, 'body')).not.toContain(
      hmac('sha256', 'hidden', 'body').slice(0, 8),
    );
  });
});

describe('stripe', () => {
  const settings = { type: 'stripe', secret: 'whsec_test' };
  const body = '{"id":"evt_1"}';
  const sign = (time: number, secret = settings.secret) => hmac('sha256', secret, `${time}.${body}`);
  const header = (...parts: string[]) => ({ 'stripe-signature': parts.join(',') });

  it('takes one good signature of several, and passes over other schemes', () => {
    const time = `t=${NOW_S}`;
    expect(faultOf(settings, header(time, `v1=${sign(NOW_S)}`, 'v0=abc'), body)).toBeUndefined();
    expect(
      faultOf(settings, header(time, `v1=${sign(NOW_S, 'old')}`, `v1=${sign(NOW_S)}`), body),
    ).toBeUndefined();
    expect(faultOf(settings, header(time, `v0=${sign(NOW_S)}`), body)).toEqual(expect.any(String));
  });

  it('takes signatures of five minutes before and after, and no others', () => {
    const signed = header(`t=${NOW_S}`, `v1=${sign(NOW_S)}`);
    for (const offset of [-300, 300]) expect(faultOf(settings, signed, body, offset)).toBeUndefined();
    for (const offset of [-301, 301]) expect(faultOf(settings, signed, body, offset)).toMatch(/time/);
  });

  it('does not take a new time for an old signature', () => {
    expect(faultOf(settings, header(`t=${NOW_S + 900}`, `v1=${sign(NOW_S)}`), body, 900)).toMatch(
      /No signature/,
    );
  });

  it.each(['', 't=1', 'v1=ab', `t=x,v1=ab`, 't=,v1=', ',,,', '='])('refuses %j', (text) => {
    expect(faultOf(settings, { 'stripe-signature': text }, body)).toEqual(expect.any(String));
  });
});

describe('standard-webhooks', () => {
  /** The values with which the libraries of the specification are tried. */
  const settings = { type: 'standard-webhooks', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
  const body = '{"test": 2432232314}';
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': String(NOW_S),
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };

  it('takes the signature of the specification, with and without the prefix of the secret', () => {
    expect(faultOf(settings, headers, body)).toBeUndefined();
    expect(faultOf({ ...settings, secret: settings.secret.slice(6) }, headers, body)).toBeUndefined();
  });

  it('takes one good signature of several, and passes over other versions', () => {
    const several = `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,abc ${headers['webhook-signature']}`;
    expect(faultOf(settings, { ...headers, 'webhook-signature': several }, body)).toBeUndefined();
    const asymmetric = headers['webhook-signature'].replace('v1,', 'v1a,');
    expect(faultOf(settings, { ...headers, 'webhook-signature': asymmetric }, body)).toEqual(
      expect.any(String),
    );
  });

  it('takes signatures of five minutes before and after, and no others', () => {
    for (const offset of [-300, 300]) expect(faultOf(settings, headers, body, offset)).toBeUndefined();
    for (const offset of [-301, 301]) expect(faultOf(settings, headers, body, offset)).toMatch(/time/);
  });

  it.each([
    ['another id', { ...headers, 'webhook-id': 'msg_other' }],
    ['another time', { ...headers, 'webhook-timestamp': String(NOW_S + 1) }],
    ['a time that is none', { ...headers, 'webhook-timestamp': '1e9' }],
    ['no version', { ...headers, 'webhook-signature': headers['webhook-signature'].slice(3) }],
    ['no id', { ...headers, 'webhook-id': undefined }],
    ['no time', { ...headers, 'webhook-timestamp': undefined }],
    ['no signature', { ...headers, 'webhook-signature': undefined }],
  ])('refuses %s', (_what, given) => {
    expect(faultOf(settings, given as Headers, body)).toEqual(expect.any(String));
  });
});

describe('the settings', () => {
  it.each([
    { type: 'md5' },
    { type: 'github' },
    { type: 'github', secret: '' },
    { type: 'github', secret: 's', header: 'x' },
    { type: 'hmac', secret: 's', header: 'x y', algorithm: 'sha256' },
    { type: 'hmac', secret: 's', header: 'x', algorithm: 'md5' },
    { type: 'hmac', secret: 's', header: 'x', algorithm: 'sha256', encoding: 'octal' },
    { type: 'standard-webhooks', secret: 'whsec_not base64' },
    {},
    'github',
  ])('are refused: %j', (settings) => expect(signatureFields.safeParse(settings).success).toBe(false));

  it('are shown without the secret', () => {
    const settings = signatureFields.parse({
      type: 'hmac',
      header: 'x',
      algorithm: 'sha1',
      secret: 'hidden',
    });
    expect(signatureView(settings)).toEqual({ type: 'hmac', header: 'x', algorithm: 'sha1' });
  });
});
