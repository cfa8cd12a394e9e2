import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import {
  AccessService,
  fingerprintOf,
  hashSecret,
  NatsAuthChannel,
  type TicketKey,
  TicketKeyStore,
} from '#libs/access';
import { Catalogue, type StreamEntry } from '#libs/catalogue';
import { NatsLink } from '#libs/nats-connection';
import { eventually } from '#libs/testing';
import { type Answer, AuthSystem, type Call, isReady } from '../fixtures/auth-system.js';

let auth: AuthSystem;
let link: NatsLink;
let catalogue: Catalogue;
let access: AccessService;
let first: StreamEntry;
let second: StreamEntry;

beforeAll(async () => {
  auth = await AuthSystem.start();
  link = NatsLink.open({ url: auth.nats.url, name: 'tickets spec' });
  await link.whenUp();
  catalogue = new Catalogue(link, { replicas: 1 });
  first = await workflow('first');
  second = await workflow('second');
  access = new AccessService(new NatsAuthChannel({ url: auth.nats.url, name: 'gateway' }), {
    freshMs: 0,
    staleMs: 0,
  });
});
afterAll(async () => {
  await access?.close();
  await link?.close();
  await auth?.stop();
});

const workflow = (name: string, workspace = 'default') =>
  catalogue.create({ kind: 'workflow', type: 'workflow', workspace, name });
const ask = (body: object, call: Call = {}): Promise<Answer> =>
  auth.call('POST', '/v1/tickets', { ...call, body });
const ticketFor = async (body: object, call: Call = {}): Promise<string> =>
  (await ask(body, call)).body.ticket;
const publicKeys = async (replica: 0 | 1) =>
  (await auth.call('GET', '/.well-known/jwks.json', { key: null, replica })).body;
const refused = { code: 'bad-credential' };
const longChannels = (count: number) => Array.from({ length: count }, (_, n) => `${n}${'c'.repeat(120)}`);

interface Forgery {
  readonly issuedAt?: number;
  readonly typ?: string;
  readonly audience?: string;
  readonly by?: 'us' | 'a stranger';
}

/** What becomes of a ticket that is as ours are, but for what is named here. */
async function fateOf({ issuedAt, typ = 'ticket+jwt', audience, by = 'us' }: Forgery): Promise<string> {
  const { kid, jwk } = (await new TicketKeyStore(link, { replicas: 1 }).read()).at(-1) as TicketKey;
  const stranger = await generateKeyPair('EdDSA');
  const nowS = issuedAt ?? Math.floor(Date.now() / 1_000);
  const { iss, aud, sub, ...claims } = decodeJwt(await ticketFor({ streams: ['first'] }));
  const text = await new SignJWT({
    ...claims,
    iss,
    sub,
    aud: audience ?? aud,
    iat: nowS,
    exp: nowS + 60,
  } as JWTPayload)
    .setProtectedHeader({ alg: 'EdDSA', kid, typ })
    .sign(by === 'us' ? await importJWK(jwk, 'EdDSA') : stranger.privateKey);
  return await access.authenticateSubscriber(text).then(
    () => 'good',
    ({ code }: { code: string }) => code,
  );
}

describe('POST /v1/tickets', () => {
  it('gives a ticket for streams by id or name, for a minute unless told otherwise', async () => {
    const { status, headers, body } = await ask({ streams: [first.id, 'second', 'first'] });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toBeNull();
    const claims = decodeJwt(body.ticket);
    expect(claims).toMatchObject({
      iss: 'urn:runnel:auth',
      aud: 'urn:runnel:streams',
      workspace: 'default',
      streams: [first.id, second.id],
      key: fingerprintOf(hashSecret(auth.rootKey)),
      jti: expect.any(String),
    });
    expect((claims.exp as number) - (claims.iat as number)).toBe(60);
    expect(body.expires_at).toBe(new Date((claims.exp as number) * 1_000).toISOString());
    expect(decodeProtectedHeader(body.ticket)).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
  });

  it('stands for the key that asked for it, and may do no more than subscribe', async () => {
    const key = await auth.createKey({ name: 'page' });
    const ticket = await ticketFor({ streams: ['first'], channels: ['a', 'b', 'a'], ttl_s: 3_600 }, key);
    const principal = await access.authenticateSubscriber(ticket);
    expect(principal).toMatchObject({
      keyId: key.id,
      fingerprint: fingerprintOf(hashSecret(key.key)),
      name: 'page',
      workspace: 'default',
      scopes: ['subscribe'],
      streams: [first.id],
      channels: ['a', 'b'],
      root: false,
    });
    expect((principal.expiresAt as number) - Date.now()).toBeLessThanOrEqual(3_601_000);
    await expect(access.authenticate(ticket)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it.each([
    ['no streams', {}, 'streams'],
    ['an empty list of streams', { streams: [] }, 'streams'],
    ['too many streams', { streams: Array.from({ length: 51 }, (_, n) => `s${n}`) }, 'streams'],
    ['every stream', { streams: ['*'] }, 'streams[0]'],
    ['what cannot be a stream', { streams: ['first', 'a.b', 7] }, 'streams[1]'],
    ['an empty list of channels', { streams: ['first'], channels: [] }, 'channels'],
    ['a channel that cannot be', { streams: ['first'], channels: ['a', 'x\ny'] }, 'channels[1]'],
    ['a reserved channel', { streams: ['first'], channels: ['runnel.gap'] }, 'channels[0]'],
    ['no time at all', { streams: ['first'], ttl_s: 0 }, 'ttl_s'],
    ['more than an hour', { streams: ['first'], ttl_s: 3_601 }, 'ttl_s'],
    ['half a second', { streams: ['first'], ttl_s: 0.5 }, 'ttl_s'],
    ['a time as text', { streams: ['first'], ttl_s: '60' }, 'ttl_s'],
    ['a misspelt field', { streams: ['first'], ttl: 60 }, 'ttl'],
    ['more text than a cookie holds', { streams: ['first'], channels: longChannels(30) }, 'channels'],
  ])('refuses %s, naming the field', async (_what, body, field) => {
    const answer = await ask(body);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ field })]) },
    });
  });

  it('answers 404 for streams that are unknown or of another workspace, alike, naming them', async () => {
    const { id } = (await auth.call('POST', '/v1/workspaces', { body: { name: 'other' } })).body;
    const foreign = await workflow('foreign', id);
    const errors = [
      { field: 'streams[1]', message: 'is unknown' },
      { field: 'streams[2]', message: 'is unknown' },
    ];
    const answer = await ask({ streams: ['first', foreign.id, 'no-such-stream'] });
    expect(answer).toMatchObject({ status: 404, body: { errors } });
  });

  it('answers 403 for streams that the key is not for, and to a key that may not subscribe', async () => {
    const narrow = await auth.createKey({ scopes: ['subscribe'], streams: [first.id] });
    expect(await ask({ streams: ['first'] }, narrow)).toMatchObject({ status: 201 });
    expect(await ask({ streams: ['first', 'second'] }, narrow)).toMatchObject({
      status: 403,
      body: { errors: [{ field: 'streams[1]' }] },
    });
    const deaf = await auth.createKey({ scopes: ['publish', 'manage'] });
    expect(await ask({ streams: ['first'] }, deaf)).toMatchObject({ status: 403 });
    expect(await ask({ streams: ['first'] }, { key: null })).toMatchObject({ status: 401 });
  });

  it('does not outlive the key', async () => {
    const expiresAt = Date.now() + 20_000;
    const key = await auth.createKey({ expires_at: new Date(expiresAt).toISOString() });
    const { body } = await ask({ streams: ['first'], ttl_s: 3_600 }, key);
    expect(Date.parse(body.expires_at)).toBeLessThanOrEqual(expiresAt);
    expect((await access.authenticateSubscriber(body.ticket)).expiresAt).toBeLessThanOrEqual(expiresAt);
  });

  it('is not open to tickets, nor is any other address', async () => {
    const key = await ticketFor({ streams: ['first'] });
    expect(await ask({ streams: ['first'] }, { key })).toMatchObject({ status: 403 });
    expect(await auth.call('GET', '/v1/keys', { key })).toMatchObject({ status: 403 });
  });

  it('sets the cookie as well when asked to, out of reach of scripts, and safe under https', async () => {
    const { headers, body } = await ask({ streams: ['first'], ttl_s: 90, cookie: true });
    expect(headers.get('set-cookie')).toBe(
      `runnel_ticket=${body.ticket}; Max-Age=90; Path=/; HttpOnly; SameSite=Lax`,
    );
    const replica = await auth.startReplica({ RUNNEL_PUBLIC_URL: 'https://events.example' });
    await eventually('the replica is ready', () => isReady(replica));
    const response = await fetch(`${replica.url}/v1/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${auth.rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ streams: ['first'], cookie: true }),
    });
    expect(response.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
    await replica.close();
  });
});

describe('a ticket', () => {
  it('is refused when it has expired', async () => {
    expect(await fateOf({ issuedAt: Math.floor(Date.now() / 1_000) - 62 })).toBe('bad-credential');
    expect(await fateOf({ issuedAt: Math.floor(Date.now() / 1_000) - 50 })).toBe('good');
  });

  it('ends with the key that asked for it: revoked or rotated', async () => {
    const [revoked, rotated] = [await auth.createKey(), await auth.createKey()];
    const tickets = [
      await ticketFor({ streams: ['first'] }, revoked),
      await ticketFor({ streams: ['first'] }, rotated),
    ];
    const ends: string[] = [];
    for (const ticket of tickets) {
      access.watch(await access.authenticateSubscriber(ticket), (reason) => ends.push(reason));
    }
    await auth.call('DELETE', `/v1/keys/${revoked.id}`, { replica: 1 });
    await auth.call('POST', `/v1/keys/${rotated.id}/rotate`);
    for (const ticket of tickets) {
      await expect(access.authenticateSubscriber(ticket)).rejects.toMatchObject(refused);
    }
    expect(ends).toEqual(['access-revoked', 'access-revoked']);
  });

  it('is refused after any change, with another key, algorithm or purpose', async () => {
    const ticket = await ticketFor({ streams: ['first'] });
    const [header = '', payload = '', signature = ''] = ticket.split('.');
    const widened = Buffer.from(JSON.stringify({ ...decodeJwt(ticket), streams: [second.id] })).toString(
      'base64url',
    );
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const forged = [
      `${header}.${widened}.${signature}`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${signature.split('').reverse().join('')}`,
    ];
    for (const text of forged) {
      await expect(access.authenticateSubscriber(text)).rejects.toMatchObject(refused);
    }
    expect(await fateOf({ by: 'a stranger' })).toBe('bad-credential');
    expect(await fateOf({ typ: 'JWT' })).toBe('bad-credential');
    expect(await fateOf({ audience: 'urn:runnel:other' })).toBe('bad-credential');
    expect(await fateOf({})).toBe('good');
  });

  it('is refused by every replica once its signing key was replaced, which takes the root key', async () => {
    const ticket = await ticketFor({ streams: ['first'] });
    const { key } = await auth.createKey();
    expect(await auth.call('POST', '/v1/tickets/keys/rotate', { key })).toMatchObject({ status: 403 });
    const { status, body } = await auth.call('POST', '/v1/tickets/keys/rotate');
    expect([status, body.keys.length]).toEqual([201, 1]);
    await eventually('every replica publishes the new key alone', async () => {
      const [one, other] = await Promise.all([publicKeys(0), publicKeys(1)]);
      return JSON.stringify([one, other]) === JSON.stringify([body, body]);
    });
    const newest = await ticketFor({ streams: ['first'] }, { replica: 1 });
    await eventually('a service knows the new key', () => access.authenticateSubscriber(newest));
    await expect(access.authenticateSubscriber(ticket)).rejects.toMatchObject(refused);
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('lets others verify tickets, without a credential', async () => {
    const ticket = await ticketFor({ streams: ['first'] });
    const { status, headers, body } = await auth.call('GET', '/.well-known/jwks.json', {
      key: null,
      replica: 1,
    });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(JSON.stringify(body)).not.toContain('"d"');
    const { payload } = await jwtVerify(ticket, createLocalJWKSet(body));
    expect(payload.streams).toEqual([first.id]);
  });
});
