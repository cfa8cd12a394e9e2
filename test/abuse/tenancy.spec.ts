import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newStreamId, publishSubject } from '#libs/contracts';
import { type Answer, callJson, eventually, NatsClient, type SseCapture, Standalone } from '#libs/testing';
import { startRunnel } from '../e2e/runnel-command.js';

/*
 * Two tenants that call everything alike. Whatever one of them asks about the other's things gets the answer that it
 * gets about things that do not exist, word for word.
 */

interface Tenant {
  readonly workspace: string;
  /** First key, which may do everything in the workspace. */
  readonly key: string;
  /** A private workflow `news`. */
  readonly workflow: string;
  /** An http source `hook`. */
  readonly source: string;
  readonly endpoint: string;
  /** A key named `reader`. */
  readonly reader: { readonly id: string; readonly key: string };
}

const CHANNEL = { 'Runnel-Channel': 'c' };

let runnel: Standalone;
let home: string;
let a: Tenant;
let b: Tenant;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  // One shard and one address: whatever one could do to the other there would show.
  runnel = await Standalone.start({
    RUNNEL_SHARDS: '1',
    RUNNEL_MAX_EVENTS_PER_KEY: '100',
    RUNNEL_MAX_SOURCES: '3',
    RUNNEL_MAX_KEYS: '4',
  });
  home = await mkdtemp(join(tmpdir(), 'runnel-tenants-'));
  [a, b] = [await newTenant(), await newTenant()];
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await runnel?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

async function newTenant(): Promise<Tenant> {
  const { body } = await runnel.call('POST', '/v1/workspaces', { name: 'acme' });
  const make = async (path: string, fields: object) => {
    const answer = await runnel.call('POST', path, fields, body.key);
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const { id: workflow } = await make('/v1/workflows', { name: 'news', visibility: 'private' });
  const { id: source, name, endpoint } = await make('/v1/sources', { type: 'http', name: 'hook' });
  expect(name).toBe('hook');
  const reader = await make('/v1/keys', { name: 'reader', scopes: ['subscribe', 'publish'] });
  return { workspace: body.id, key: body.key, workflow, source, endpoint, reader };
}

const call = (tenant: Tenant, method: string, path: string, body?: unknown) =>
  callJson(runnel.url + path, method, tenant.key, body);

async function publish(tenant: Tenant, stream: string, payload: unknown, key?: string): Promise<Answer> {
  const answer = await fetch(`${runnel.url}/v1/streams/${stream}/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tenant.key}`,
      'content-type': 'application/json',
      ...(key && { 'idempotency-key': key }),
    },
    body: JSON.stringify({ channel: 'c', payload }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function subscribe(tenant: Tenant, path: string, headers: Record<string, string> = {}) {
  const capture = await runnel.subscribe(path, { authorization: `Bearer ${tenant.key}`, ...headers });
  closers.push(() => capture.close());
  return capture;
}

/** What an answer says, without what differs between any two requests. */
function said({ status, body }: Answer, asked: string): unknown {
  return [status, JSON.stringify({ ...body, instance: '' }).replaceAll(asked, '<asked>')];
}

async function refusalOf(capture: SseCapture, asked: string): Promise<unknown> {
  await eventually('the answer', () => capture.ended);
  return said({ status: capture.status, body: JSON.parse(capture.raw) }, asked);
}

describe('what belongs to another workspace', () => {
  const none = newStreamId('workflow');
  const noSource = newStreamId('source');

  it.each([
    ['GET', (t: Tenant) => `/v1/streams/${t.workflow}`, `/v1/streams/${none}`],
    ['PUT', (t: Tenant) => `/v1/streams/${t.workflow}`, `/v1/streams/${none}`],
    ['GET', (t: Tenant) => `/v1/streams/${t.workflow}/events`, `/v1/streams/${none}/events`],
    ['DELETE', (t: Tenant) => `/v1/streams/${t.workflow}/events`, `/v1/streams/${none}/events`],
    ['POST', (t: Tenant) => `/v1/streams/${t.workflow}/events`, `/v1/streams/${none}/events`],
    ['GET', (t: Tenant) => `/v1/workflows/${t.workflow}`, `/v1/workflows/${none}`],
    ['PUT', (t: Tenant) => `/v1/workflows/${t.workflow}`, `/v1/workflows/${none}`],
    ['DELETE', (t: Tenant) => `/v1/workflows/${t.workflow}`, `/v1/workflows/${none}`],
    ['GET', (t: Tenant) => `/v1/sources/${t.source}`, `/v1/sources/${noSource}`],
    ['PUT', (t: Tenant) => `/v1/sources/${t.source}`, `/v1/sources/${noSource}`],
    ['DELETE', (t: Tenant) => `/v1/sources/${t.source}`, `/v1/sources/${noSource}`],
    [
      'GET',
      (t: Tenant) => `/v1/sources/${t.source}/event_summaries`,
      `/v1/sources/${noSource}/event_summaries`,
    ],
    ['GET', (t: Tenant) => `/v1/sources/${t.source}/logs`, `/v1/sources/${noSource}/logs`],
    ['GET', (t: Tenant) => `/v1/keys/${t.reader.id}`, '/v1/keys/aaaaaaaaaaaa'],
    ['POST', (t: Tenant) => `/v1/keys/${t.reader.id}/rotate`, '/v1/keys/aaaaaaaaaaaa/rotate'],
    ['DELETE', (t: Tenant) => `/v1/keys/${t.reader.id}`, '/v1/keys/aaaaaaaaaaaa'],
    ['GET', (t: Tenant) => `/v1/workspaces/${t.workspace}`, '/v1/workspaces/ws_none'],
    ['DELETE', (t: Tenant) => `/v1/workspaces/${t.workspace}`, '/v1/workspaces/ws_none'],
  ])('is answered like what does not exist: %s %s', async (method, pathOf, missing) => {
    const body = method === 'PUT' ? {} : method === 'POST' ? { channel: 'c', payload: 1 } : undefined;
    const theirs = await call(b, method, pathOf(a), body);
    const nobodys = await call(b, method, missing, body);
    const idIn = (path: string) => path.split('/')[3] ?? '';
    expect([403, 404]).toContain(theirs.status);
    expect(said(theirs, idIn(pathOf(a)))).toEqual(said(nobodys, idIn(missing)));
    expect((await call(a, 'GET', `/v1/streams/${a.workflow}`)).body.name).toBe('news');
  });

  it.each([
    ['a workflow', (t: Tenant) => `/pipelines/${t.workflow}/sse`, `/pipelines/${none}/sse`],
    ['a source', (t: Tenant) => `/sources/${t.source}/sse`, `/sources/${noSource}/sse`],
    ['an emitter', (t: Tenant) => `/sse/dc/${t.source}/emits`, `/sse/dc/${noSource}/emits`],
    [
      'one of several',
      (t: Tenant) => `/v1/sse?stream=news&stream=${t.workflow}`,
      `/v1/sse?stream=news&stream=${none}`,
    ],
  ])('cannot be subscribed to, nor told from what does not exist: %s', async (_what, pathOf, missing) => {
    const theirs = await subscribe(b, pathOf(a));
    expect(theirs.status).toBe(404);
    expect(await refusalOf(theirs, '')).toEqual(await refusalOf(await subscribe(b, missing), ''));
  });

  it('is in no list, no ticket and no metric', async () => {
    const foreign = [a.workspace, a.workflow, a.source, a.reader.id, new URL(a.endpoint).pathname];
    for (const path of ['/v1/streams', '/v1/workflows', '/v1/sources', '/v1/keys']) {
      const { status, body } = await call(b, 'GET', path);
      expect(status).toBe(200);
      for (const id of foreign) expect(JSON.stringify(body)).not.toContain(id);
    }
    for (const streams of [[a.workflow], ['news', a.source]]) {
      expect((await call(b, 'POST', '/v1/tickets', { streams })).status).toBe(404);
    }
    const metrics = await (await fetch(`${runnel.url}/metrics`)).text();
    for (const id of [...foreign, 'acme', 'news', 'hook', 'reader']) expect(metrics).not.toContain(id);
  });
});

describe('what is called alike in two workspaces', () => {
  it('is each their own: names, events, idempotency keys', async () => {
    for (const [tenant, payload] of [
      [a, 'of a'],
      [b, 'of b'],
    ] as const) {
      const { status, body } = await publish(tenant, 'news', payload, 'order-1');
      expect([status, body.events[0].duplicate]).toEqual([201, false]);
    }
    const repeated = await publish(b, 'news', 'of b', 'order-1');
    expect(repeated.body.events[0].duplicate).toBe(true);
    expect((await publish(b, b.workflow, 'of a', 'order-1')).status).toBe(422);
    for (const [tenant, payload] of [
      [a, 'of a'],
      [b, 'of b'],
    ] as const) {
      const { body } = await call(tenant, 'GET', '/v1/streams/news/events');
      expect(body.data.map((event: { payload: unknown }) => event.payload)).toEqual([payload]);
    }
  });

  it('is each their own over SSE, and a cursor of the other means nothing', async () => {
    const [ofA, ofB] = [await subscribe(a, '/pipelines/news/sse'), await subscribe(b, '/pipelines/news/sse')];
    await ofA.count(1);
    await ofB.count(1);
    await publish(a, 'news', 'next of a');
    await fetch(runnel.url + new URL(a.endpoint).pathname, { method: 'POST', body: '{}' });
    await publish(b, 'news', 'next of b');
    await ofA.count(2);
    await ofB.count(2);
    expect([ofA.values, ofB.values]).toEqual([
      ['of a', 'next of a'],
      ['of b', 'next of b'],
    ]);
    const cursor = ofA.events[0]?.id ?? '';
    const resumed = await subscribe(b, '/pipelines/news/sse', { 'last-event-id': cursor });
    await resumed.count(3);
    expect(resumed.events[0]?.event).toBe('runnel.gap');
    expect(resumed.values.slice(1)).toEqual(['of b', 'next of b']);
  });

  it('is each their own over NATS, where a key reaches nothing of the other', async () => {
    const signIn = async ({ reader }: Tenant) => {
      const inboxPrefix = `_INBOX_${reader.id}`;
      const client = await NatsClient.open(await runnel.natsUrl(), { token: reader.key, inboxPrefix });
      closers.push(() => client.close());
      return client;
    };
    const [asA, asB] = [await signIn(a), await signIn(b)];
    const subjectOf = ({ workspace, workflow: stream }: Tenant) => publishSubject({ workspace, stream });
    const sameId = { ...CHANNEL, 'Nats-Msg-Id': 'same' };
    expect(await asA.request(subjectOf(a), '"over nats of a"', sameId)).not.toHaveProperty('duplicate');
    expect(await asB.request(subjectOf(b), '"over nats of b"', sameId)).not.toHaveProperty('duplicate');
    await expect(asB.request(subjectOf(a), '1', CHANNEL)).rejects.toThrow();
    // Another workspace's subject before a stream of one's own, and the other way round.
    const mixed = [
      publishSubject({ workspace: a.workspace, stream: b.workflow }),
      publishSubject({ workspace: b.workspace, stream: a.workflow }),
    ];
    await expect(asB.request(mixed[0] ?? '', '1', CHANNEL)).rejects.toThrow();
    expect(await asB.request(mixed[1] ?? '', '1', CHANNEL)).toMatchObject({ error: { code: 404 } });
    const heard: string[] = [];
    const forbidden = [
      '>',
      'publish.>',
      'live.>',
      'events.>',
      'presence.>',
      `presence.${a.workspace}.*`,
      `_INBOX_${a.reader.id}.>`,
      '$KV.>',
      '$JS.API.>',
    ];
    for (const subject of forbidden) {
      asB.connection.subscribe(subject, {
        callback: (_error, message) => {
          heard.push(message.subject);
        },
      });
    }
    const refused = () => asB.complaints.filter((text) => /subscription/i.test(text)).length;
    await eventually('each is refused', () => refused() === forbidden.length);
    await asA.request(subjectOf(a), '"more"', CHANNEL);
    await asB.connection.flush();
    expect(heard).toEqual([]);
    const { body } = await call(b, 'GET', '/v1/streams/news/events?limit=1');
    expect(body.data[0].payload).toBe('over nats of b');
  });

  it('is each their own at the command line', async () => {
    const run = async ({ key }: Tenant, ...args: string[]) => {
      const { child, out, exit } = startRunnel(args, {
        HOME: home,
        RUNNEL_URL: runnel.url,
        RUNNEL_API_KEY: key,
      });
      child.stdin?.end();
      return { code: await exit, ...out };
    };
    const listed = await run(b, 'list', 'streams');
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(b.workflow) });
    expect(listed.stdout).not.toContain(a.workflow);
    expect(listed.stdout).not.toContain(a.source);
    expect((await run(b, 'publish', 'news', '--channel', 'c', '"by b"')).code).toBe(0);
    expect((await run(b, 'events', '-n', '1', 'news')).stdout.trim()).toBe('"by b"');
    expect((await run(a, 'events', '-n', '1', 'news')).stdout).not.toContain('by b');
    const refused = [
      ['describe', a.workflow],
      ['publish', a.workflow, '--channel', 'c', '1'],
      ['delete', a.workflow],
      ['keys', 'revoke', a.reader.id],
    ].map((args) => run(b, ...args));
    for (const { code, stderr } of await Promise.all(refused)) {
      expect([code, stderr]).toEqual([1, expect.not.stringContaining(a.workspace)]);
    }
  }, 60_000);
});

describe('what one workspace does to itself', () => {
  it('takes nothing from the other: its rate, its quotas, its deletions, its end', async () => {
    const batch = Array.from({ length: 300 }, (_, payload) => ({ channel: 'c', payload }));
    expect((await call(a, 'POST', '/v1/streams/news/events', batch)).status).toBe(201);
    expect((await publish(a, 'news', 'too much')).status).toBe(429);
    expect((await publish(b, 'news', 'calm')).status).toBe(201);
    let refused = false;
    for (let n = 0; n < 5 && !refused; n += 1) {
      refused = (await call(a, 'POST', '/v1/sources', { type: 'http' })).status === 429;
    }
    expect(refused).toBe(true);
    expect((await call(b, 'POST', '/v1/sources', { type: 'http' })).status).toBe(201);

    const [ofA, ofB] = [await subscribe(a, '/pipelines/news/sse'), await subscribe(b, '/pipelines/news/sse')];
    expect((await call(a, 'DELETE', '/v1/streams/news/events')).status).toBe(204);
    expect((await call(b, 'GET', '/v1/streams/news/events')).body.data.length).toBeGreaterThan(0);
    expect((await runnel.call('DELETE', `/v1/workspaces/${a.workspace}`)).status).toBe(204);
    await ofA.end();
    expect(ofA.events.at(-1)?.event).toBe('runnel.closed');
    expect((await call(a, 'GET', '/v1/streams')).status).toBe(401);
    const before = ofB.events.length;
    expect((await publish(b, 'news', 'still here')).status).toBe(201);
    await ofB.count(before + 1);
    expect(ofB.values.at(-1)).toBe('still here');
    expect(ofB.ended).toBe(false);
    expect((await call(b, 'GET', '/v1/sources/hook')).status).toBe(200);
  }, 60_000);
});
