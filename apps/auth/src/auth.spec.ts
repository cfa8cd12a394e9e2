import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessService, NatsAuthChannel, newApiKey, parseApiKey } from '#libs/access';
import { newStreamId, Problem } from '#libs/contracts';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { createLog, type RunningService, runService } from '#libs/service';
import { eventually } from '#libs/testing';
import { AuthModule } from './auth.module.js';
import { authSettings } from './auth-settings.js';
import type { FirstAdminKey } from './first-start/ensure-first-admin-key.js';
import { FirstStart } from './first-start/first-start.js';
import { authTransport } from './nats-login.js';

// Two replicas of auth and what another service has, against a real nats-server.

let server: NatsServer;
const replicas: RunningService[] = [];
let firsts: (FirstAdminKey | undefined)[];
let rootKey: string;

async function startReplica(): Promise<RunningService> {
  const settings = authSettings.parse({ NATS_URL: server.url, PORT: '0', RUNNEL_DRAIN_MS: '1000' });
  return await runService({
    name: 'auth',
    module: AuthModule.forRoot(settings),
    settings,
    log: createLog({ service: 'auth', level: 'silent' }),
    microservices: [authTransport(settings)],
    signals: false,
  });
}

const firstOf = ({ app }: RunningService) => app.get(FirstStart, { strict: false }).done;

async function isReady({ url }: RunningService): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}

beforeAll(async () => {
  server = await startNatsServer();
  replicas.push(...(await Promise.all([startReplica(), startReplica()])));
  firsts = await Promise.all(replicas.map(firstOf));
  rootKey = firsts.find((first) => first?.created)?.key ?? '';
  await eventually('both replicas are ready', async () =>
    (await Promise.all(replicas.map(isReady))).every(Boolean),
  );
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await server?.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service answers is looked at with matchers
  readonly body: any;
}

interface Call {
  readonly body?: unknown;
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
  readonly replica?: 0 | 1;
}

async function call(
  method: string,
  path: string,
  { body, key, headers, replica = 0 }: Call = {},
): Promise<Answer> {
  const url = (replicas[replica] as RunningService).url + path;
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key ?? rootKey}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const ALL = ['publish', 'subscribe', 'manage'];
const createKey = async (fields: object = {}, options: Call = {}) =>
  (await call('POST', '/v1/keys', { ...options, body: { name: 'a key', scopes: ALL, ...fields } })).body;

describe('the first start', () => {
  it('makes exactly one root key however many replicas start at once', async () => {
    expect(firsts.filter((first) => first?.created)).toHaveLength(1);
    expect(parseApiKey(rootKey)).toBeDefined();
    const { data } = (await call('GET', '/v1/keys')).body;
    expect(data.filter(({ root }: { root: boolean }) => root)).toHaveLength(1);
  });

  it('makes no other at a later start', async () => {
    const later = await startReplica();
    expect(await firstOf(later)).toEqual({ created: false });
    expect(await later.close()).toBe(true);
  });
});

describe('POST /v1/keys', () => {
  it('shows the secret once, together with what the key is for', async () => {
    const stream = newStreamId('workflow');
    const expires_at = '2099-01-02T03:04:05.000Z';
    const fields = { name: 'printer', scopes: ['publish'], streams: [stream], expires_at };
    const { status, headers, body } = await call('POST', '/v1/keys', { body: fields });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      ...fields,
      id: parseApiKey(body.key)?.keyId,
      root: false,
      created_at: expect.any(String),
      key: expect.stringMatching(/^rnl_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/),
    });
    const { key, ...shown } = body;
    expect((await call('GET', `/v1/keys/${body.id}`)).body).toEqual(shown);
    expect(JSON.stringify((await call('GET', '/v1/keys')).body)).not.toContain(key);
  });

  it('gives a key all streams of the key that asks, when none are named', async () => {
    expect(await createKey()).toMatchObject({ streams: ['*'], expires_at: null });
    const stream = newStreamId('source');
    const { key } = await createKey({ streams: [stream] });
    expect(await createKey({ scopes: ['publish'] }, { key })).toMatchObject({ streams: [stream] });
  });

  it('refuses bad fields, naming each of them', async () => {
    const body = { name: 'a\nb', scopes: ['publish', 'fly'], streams: ['ok?'], expires_at: 'soon', extra: 1 };
    const answer = await call('POST', '/v1/keys', { body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'expires_at',
      'extra',
      'name',
      'scopes[1]',
      'streams[0]',
    ]);
  });

  it.each([
    ['no JSON', '{"name":', {}, 400],
    ['another media type', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['more than 64 KiB', { name: 'a'.repeat(70_000), scopes: ALL }, {}, 413],
    ['an array', [], {}, 400],
  ])('refuses %s', async (_what, body, headers, status) => {
    expect((await call('POST', '/v1/keys', { body, headers })).status).toBe(status);
  });

  it('refuses a key that is stronger than the one that asks', async () => {
    const stream = newStreamId('source');
    const { key } = await createKey({
      scopes: ['manage', 'publish'],
      streams: [stream],
      expires_at: '2098-01-01T00:00:00Z',
    });
    const attempt = async (fields: object) =>
      (await call('POST', '/v1/keys', { key, body: { name: 'n', scopes: ['publish'], ...fields } })).status;
    expect(await attempt({})).toBe(201);
    expect(await attempt({ scopes: ['subscribe'] })).toBe(403);
    expect(await attempt({ streams: ['*'] })).toBe(403);
    expect(await attempt({ streams: [stream, newStreamId('source')] })).toBe(403);
    expect(await attempt({ expires_at: '2098-01-01T00:00:01Z' })).toBe(403);
    expect(await attempt({ expires_at: null })).toBe(403);
  });

  it('needs a credential that is valid and may manage', async () => {
    const { key } = await createKey({ scopes: ['publish'] });
    expect(await call('POST', '/v1/keys', { key: null })).toMatchObject({
      status: 401,
      body: { type: 'urn:runnel:problem:no-credential' },
    });
    expect(await call('POST', '/v1/keys', { key: newApiKey() })).toMatchObject({
      status: 401,
      body: { type: 'urn:runnel:problem:bad-credential' },
    });
    expect(await call('POST', '/v1/keys', { key: 'rnl_nonsense' })).toMatchObject({ status: 401 });
    expect(await call('POST', '/v1/keys', { key })).toMatchObject({ status: 403 });
    expect(await call('POST', `/v1/keys?api_key=${rootKey}`)).toMatchObject({
      status: 400,
      body: { type: 'urn:runnel:problem:key-in-query' },
    });
  });
});

describe('revoking and rotating', () => {
  it('refuses a revoked key at once, on every replica', async () => {
    const { id, key } = await createKey();
    expect((await call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(200);
    expect((await call('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(401);
    expect((await call('GET', `/v1/keys/${id}`, { replica: 1 })).status).toBe(404);
    expect((await call('DELETE', `/v1/keys/${id}`)).status).toBe(404);
  });

  it('gives a rotated key another secret under the same id', async () => {
    const old = await createKey({ name: 'rotated' });
    const { status, body } = await call('POST', `/v1/keys/${old.id}/rotate`);
    expect(status).toBe(201);
    expect(body).toEqual({ ...old, key: expect.not.stringMatching(old.key) });
    expect((await call('GET', '/v1/keys', { key: old.key, replica: 1 })).status).toBe(401);
    expect((await call('GET', '/v1/keys', { key: body.key, replica: 1 })).status).toBe(200);
  });

  it('lets no key rotate a stronger one, whose secret it would learn', async () => {
    const weak = await createKey({ scopes: ['manage'] });
    const strong = await createKey();
    expect((await call('POST', `/v1/keys/${strong.id}/rotate`, { key: weak.key })).status).toBe(403);
    const rootId = parseApiKey(rootKey)?.keyId;
    expect((await call('POST', `/v1/keys/${rootId}/rotate`, { key: strong.key })).status).toBe(403);
    expect((await call('DELETE', `/v1/keys/${rootId}`, { key: strong.key })).status).toBe(403);
    expect((await call('DELETE', `/v1/keys/${strong.id}`, { key: weak.key })).status).toBe(204);
  });

  it('keeps the only root key', async () => {
    expect((await call('DELETE', `/v1/keys/${parseApiKey(rootKey)?.keyId}`)).status).toBe(409);
    expect((await call('GET', '/v1/keys')).status).toBe(200);
  });
});

describe('workspaces', () => {
  it('are apart: the keys of one do not exist for the other', async () => {
    const opened = await call('POST', '/v1/workspaces', { body: { name: 'Acme' } });
    expect(opened.status).toBe(201);
    expect(opened.body).toMatchObject({ id: expect.stringMatching(/^ws_[0-9A-Za-z]{22}$/), name: 'Acme' });
    const { key } = opened.body;
    const ours = await createKey();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      expect((await call(method, `/v1/keys/${ours.id}${path}`, { key })).status).toBe(404);
    }
    const { data } = (await call('GET', '/v1/keys', { key })).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([parseApiKey(key)?.keyId]);
  });

  it('are managed with the root key only', async () => {
    const { key } = await createKey();
    expect((await call('POST', '/v1/workspaces', { key, body: { name: 'x' } })).status).toBe(403);
    expect((await call('GET', '/v1/workspaces', { key })).status).toBe(403);
    expect((await call('DELETE', '/v1/workspaces/default', { key })).status).toBe(403);
  });

  it('end with all of their keys', async () => {
    const { id, key } = (await call('POST', '/v1/workspaces', { body: { name: 'short-lived' } })).body;
    const second = await createKey({}, { key });
    expect((await call('DELETE', `/v1/workspaces/${id}`)).status).toBe(204);
    for (const dead of [key, second.key]) {
      expect((await call('GET', '/v1/keys', { key: dead, replica: 1 })).status).toBe(401);
    }
    expect((await call('GET', `/v1/workspaces/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/v1/workspaces/${id}`)).status).toBe(404);
    const { data } = (await call('GET', '/v1/workspaces')).body;
    expect(data.map((workspace: { id: string }) => workspace.id)).not.toContain(id);
  });

  it('begin with one that cannot be deleted', async () => {
    expect((await call('DELETE', '/v1/workspaces/default')).status).toBe(409);
    expect((await call('GET', '/v1/workspaces/default')).body).toMatchObject({ id: 'default' });
  });
});

describe('another service', () => {
  let access: AccessService;
  beforeAll(() => {
    access = new AccessService(new NatsAuthChannel({ url: server.url, name: 'gateway' }));
  });
  afterAll(() => access.close());

  it('learns who shows a key', async () => {
    const { id, key } = await createKey({ name: 'who', scopes: ['subscribe'] });
    expect(await access.authenticate(key)).toMatchObject({
      keyId: id,
      workspace: 'default',
      name: 'who',
      scopes: ['subscribe'],
      streams: ['*'],
      root: false,
    });
    await expect(access.authenticate(newApiKey(id))).rejects.toMatchObject({ code: 'bad-credential' });
  });

  it('ends the connections of a revoked key, and those of a rotated one that use the old secret', async () => {
    const revoked = await createKey();
    const rotated = await createKey();
    const ends: string[] = [];
    access.watch(await access.authenticate(revoked.key), (reason) => ends.push(`revoked: ${reason}`));
    access.watch(await access.authenticate(rotated.key), (reason) => ends.push(`rotated: ${reason}`));
    await call('DELETE', `/v1/keys/${revoked.id}`, { replica: 1 });
    const { key } = (await call('POST', `/v1/keys/${rotated.id}/rotate`, { replica: 0 })).body;
    const newEnds: string[] = [];
    const stop = access.watch(await access.authenticate(key), (reason) => newEnds.push(reason));
    await eventually('both have ended', () => ends.length === 2);
    expect(ends.sort()).toEqual(['revoked: access-revoked', 'rotated: access-revoked']);
    await expect(access.authenticate(revoked.key)).rejects.toMatchObject({ code: 'bad-credential' });
    await expect(access.authenticate(rotated.key)).rejects.toMatchObject({ code: 'bad-credential' });
    expect(newEnds).toEqual([]);
    stop();
  });

  it('is answered by the other replica when one ends', async () => {
    const extra = await startReplica();
    await eventually('it is ready', () => isReady(extra));
    const { key } = await createKey();
    const asking = new AccessService(new NatsAuthChannel({ url: server.url, name: 'busy' }), {
      freshMs: 0,
      staleMs: 0,
    });
    let ended = false;
    const closed = extra.close().then(() => {
      ended = true;
    });
    while (!ended) await asking.authenticate(key);
    await closed;
    await asking.close();
  });
});

describe('when NATS restarts', () => {
  it('says so, keeps known keys working elsewhere, and recovers by itself with every key in place', async () => {
    const { key } = await createKey();
    const access = new AccessService(new NatsAuthChannel({ url: server.url, name: 'outage' }), {
      freshMs: 0,
    });
    const unknown = await createKey();
    await access.authenticate(key);
    server.kill('SIGKILL');
    await server.exited;

    await eventually('the replica is not ready', async () => !(await isReady(replicas[0] as RunningService)));
    expect((await fetch(`${replicas[0]?.url}/healthz`)).status).toBe(200);
    expect(await call('GET', '/v1/keys')).toMatchObject({
      status: 503,
      body: { type: 'urn:runnel:problem:unavailable' },
    });
    expect(await access.authenticate(key)).toMatchObject({ workspace: 'default' });
    await expect(access.authenticate(unknown.key)).rejects.toBeInstanceOf(Problem);

    await server.restart();
    await eventually('the replicas are ready', async () =>
      (await Promise.all(replicas.map(isReady))).every(Boolean),
    );
    await eventually(
      'the other service gets answers',
      async () => (await access.authenticate(unknown.key)).workspace,
    );
    expect((await call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(200);
    await access.close();
  });
});
