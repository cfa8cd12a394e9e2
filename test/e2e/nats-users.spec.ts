import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { AccountKey } from '#libs/access';
import { eventually, NatsClient, SseCapture, SYSTEM_START_MS, type System, startSystem } from '#libs/testing';

// Services around a nats-server of somebody's that is configured as deploy/compose/nats.conf: each has a user of its own.

const CHANNEL = { 'Runnel-Channel': 'c' };
const USERS = ['auth', 'ingest', 'gateway', 'operator', 'callout'] as const;
type User = (typeof USERS)[number];

const issuer = AccountKey.generate();
const passwordOf = (user: User) => `p-${user}`;
const refused = { name: 'AuthorizationError' };

let system: System;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  const text = readFileSync(new URL('../../deploy/compose/nats.conf', import.meta.url), 'utf8');
  const values = new Map<string, string>(
    USERS.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwordOf(user)]),
  ).set('NATS_CALLOUT_ISSUER', issuer.publicKey);
  const accounts = text
    .slice(text.indexOf('accounts {'))
    .replace(/(?<=: )\$(\w+)/g, (_all, name: string) => JSON.stringify(values.get(name)));
  const login = (user: User) => ({ NATS_USER: user, NATS_PASSWORD: passwordOf(user) });
  system = await startSystem({
    natsOptions: { extraConfig: accounts },
    envOf: {
      auth: {
        ...login('auth'),
        RUNNEL_NATS_CALLOUT_SEED: issuer.seed,
        RUNNEL_NATS_CALLOUT_USER: 'callout',
        RUNNEL_NATS_CALLOUT_PASSWORD: passwordOf('callout'),
      },
      ingest: login('ingest'),
      'stream-gateway': login('gateway'),
    },
  });
}, SYSTEM_START_MS);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await system?.stop();
});

async function signIn(user: User): Promise<NatsClient> {
  const url = system.nats[0]?.url ?? '';
  const inboxPrefix = `_INBOX_${user}`;
  const client = await NatsClient.open(url, { user, pass: passwordOf(user), inboxPrefix });
  closers.push(() => client.close());
  return client;
}

/** What the server says of services that want what they may not. */
const violations = () =>
  system.nats.flatMap((server) => server.logs()).filter((line) => /violation/i.test(line));

describe('with a user for each service', () => {
  it('programs sign in with keys, publish, hear of subscribers, and lose the connection with the key', async () => {
    const workflow = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'w' })).body;
    const subject = (await system.call('ingest', 'GET', '/v1/streams/w')).body.nats_subject;
    const wanted = { name: 'k', scopes: ['publish', 'subscribe'] };
    const { id, key } = (await system.call('auth', 'POST', '/v1/keys', wanted)).body;
    const options = { token: key, inboxPrefix: `_INBOX_${id}`, reconnect: false };
    const client = await NatsClient.open(system.nats[0]?.url ?? '', options);
    closers.push(() => client.close());
    expect(await client.request(subject, '1', CHANNEL)).toMatchObject({ stream: workflow.id });
    const told: unknown[] = [];
    client.connection.subscribe(subject.replace('publish', 'presence'), {
      callback: (_error, message) => void told.push(message.json()),
    });
    await client.connection.flush();
    const capture = await SseCapture.open(`${system.gateways[0]?.url}/pipelines/${workflow.id}/sse`);
    closers.push(() => capture.close());
    await eventually('it is told of the subscriber', () => told.length > 0);
    expect(told[0]).toEqual({ subscribers: 1 });
    await system.call('auth', 'DELETE', `/v1/keys/${id}`);
    await client.connection.closed();
    await expect(NatsClient.open(system.nats[0]?.url ?? '', options)).rejects.toMatchObject(refused);
  });

  it('services go on while auth is away, and so do publishers that are there', async () => {
    await system.call('ingest', 'POST', '/v1/workflows', { name: 'v' });
    const subject = (await system.call('ingest', 'GET', '/v1/streams/v')).body.nats_subject;
    const { id, key } = (await system.call('auth', 'POST', '/v1/keys', { name: 'k', scopes: ['publish'] }))
      .body;
    const url = system.nats[0]?.url ?? '';
    const options = { token: key, inboxPrefix: `_INBOX_${id}`, reconnect: false };
    const client = await NatsClient.open(url, options);
    closers.push(() => client.close());
    system.auth.kill('SIGKILL');
    await system.auth.exited();
    expect(await client.request(subject, '1', CHANNEL)).toHaveProperty('seq');
    await expect(NatsClient.open(url, { ...options, timeout: 10_000 })).rejects.toThrow();
    await system.auth.restart();
    await eventually('a login', async () =>
      closers.push(await NatsClient.open(url, options).then((late) => () => late.close())),
    );
    await system.call('auth', 'DELETE', `/v1/keys/${id}`);
    await client.connection.closed();
  }, 60_000);

  it('everything else works, too, and no service ever asks for more than it may', async () => {
    const { call } = system;
    const gateway = system.gateways[0]?.url ?? '';
    const admin = { authorization: `Bearer ${system.adminKey}` };
    const tenant = (await call('auth', 'POST', '/v1/workspaces', { name: 't' })).body;
    const source = (await call('ingest', 'POST', '/v1/sources', { type: 'http', dedupe: 'unique' })).body;
    await call('ingest', 'POST', '/v1/sources', { type: 'timer', interval_seconds: 1 });
    await call('ingest', 'POST', '/v1/sources', { type: 'nats', subject: 'orders.*' });
    const capture = await SseCapture.open(`${gateway}/sources/${source.id}/sse`, admin);
    const logs = await SseCapture.open(`${system.ingest.url}/sources/${source.id}/logs/sse`, admin);
    closers.push(
      () => capture.close(),
      () => logs.close(),
    );
    const hook = system.ingest.url + new URL(source.endpoint).pathname;
    expect((await fetch(hook, { method: 'POST', body: '{"id":1}' })).status).toBe(200);
    await capture.count(1);
    const { ticket } = (await call('auth', 'POST', '/v1/tickets', { streams: [source.id] })).body;
    const withTicket = await SseCapture.open(`${gateway}/sources/${source.id}/sse?ticket=${ticket}`);
    closers.push(() => withTicket.close());
    await withTicket.count(1);
    const described = () => call('ingest', 'GET', `/v1/streams/${source.id}`);
    await eventually('both are counted', async () => (await described()).body.subscribers === 2);
    const longer = (await call('ingest', 'POST', '/v1/workflows', { name: 'longer' })).body.id;
    const history = { max_events: 1_000 };
    expect((await call('ingest', 'PUT', `/v1/streams/${longer}`, { history })).status).toBe(200);
    const many = Array.from({ length: 600 }, (_, payload) => ({ channel: 'c', payload }));
    const { events } = (await call('ingest', 'POST', `/v1/streams/${longer}/events`, many)).body;
    const pages = `/v1/streams/${longer}/events?limit=100`;
    for (const query of ['', '&channel=c']) {
      expect((await call('ingest', 'GET', pages + query)).body.page_info.total_count).toBe(600);
    }
    const resumed = await SseCapture.open(`${gateway}/pipelines/${longer}/sse`, {
      'last-event-id': events[50].id,
    });
    closers.push(() => resumed.close());
    await resumed.count(549);
    expect((await call('ingest', 'DELETE', `/v1/workflows/${longer}`)).status).toBe(204);
    expect((await call('ingest', 'DELETE', `/v1/streams/${source.id}/events`)).status).toBe(204);
    const key = (await call('auth', 'POST', '/v1/keys', { name: 'k', scopes: ['subscribe'] })).body;
    await call('auth', 'POST', `/v1/keys/${key.id}/rotate`);
    expect((await call('auth', 'DELETE', `/v1/workspaces/${tenant.id}`)).status).toBe(204);
    expect((await call('ingest', 'DELETE', `/v1/sources/${source.id}`)).status).toBe(204);
    await capture.end();
    const operator = await signIn('operator');
    const timer = (await call('ingest', 'GET', '/v1/sources')).body.data.find(
      ({ type }: { type: string }) => type === 'timer',
    );
    const nats = (await call('ingest', 'GET', '/v1/sources')).body.data.find(
      ({ type }: { type: string }) => type === 'nats',
    );
    const kept = async (id: string) =>
      (await call('ingest', 'GET', `/v1/streams/${id}/events`)).body.page_info.total_count as number;
    await eventually('the timer ticks', async () => (await kept(timer.id)) > 0);
    await eventually('the source hears', async () => {
      operator.publish('orders.new', '{}');
      return (await kept(nats.id)) > 0;
    });
    expect(violations()).toEqual([]);
  }, 60_000);
});

/** Commands of JetStream's that no service needs. */
const ADMIN = [
  '$JS.API.STREAM.DELETE.EVENTS_0',
  '$JS.API.STREAM.DELETE.EVENTS_3',
  '$JS.API.STREAM.DELETE.KV_RUNNEL_KEYS',
  '$JS.API.STREAM.DELETE.KV_RUNNEL_CATALOGUE',
  '$JS.API.STREAM.UPDATE.KV_RUNNEL_TICKET_KEYS',
  '$JS.API.STREAM.SNAPSHOT.EVENTS_0',
  '$JS.API.STREAM.RESTORE.EVENTS_0',
  '$JS.API.STREAM.LIST',
  '$JS.API.STREAM.LEADER.STEPDOWN.EVENTS_0',
  '$JS.API.STREAM.PEER.REMOVE.EVENTS_0',
  '$JS.API.CONSUMER.DURABLE.CREATE.EVENTS_0.mine',
  '$JS.API.CONSUMER.CREATE.KV_RUNNEL_TICKET_KEYS.mine',
  '$JS.API.CONSUMER.MSG.NEXT.EVENTS_0.mine',
  '$JS.API.ACCOUNT.PURGE.RUNNEL',
  '$JS.API.META.LEADER.STEPDOWN',
  '$JS.API.SERVER.REMOVE',
  '$SYS.REQ.SERVER.PING',
  '$SYS.REQ.USER.AUTH',
];
/** What ingest needs, for archives, and nobody else does. */
const MANAGING = [
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.CREATE.MINE',
  '$JS.API.STREAM.UPDATE.EVENTS_0',
  '$JS.API.STREAM.DELETE.ARCHIVE_p_1',
  '$JS.API.STREAM.UPDATE.KV_RUNNEL_CATALOGUE',
  '$JS.API.CONSUMER.CREATE.EVENTS_0',
  '$JS.API.CONSUMER.CREATE.EVENTS_0.mine',
  'archive.default.p_1',
];
const SIGNING_KEYS = [
  '$JS.API.DIRECT.GET.KV_RUNNEL_TICKET_KEYS',
  '$JS.API.DIRECT.GET.KV_RUNNEL_TICKET_KEYS.$KV.RUNNEL_TICKET_KEYS.keys',
  '$JS.API.STREAM.MSG.GET.KV_RUNNEL_TICKET_KEYS',
  '$JS.API.STREAM.PURGE.KV_RUNNEL_TICKET_KEYS',
  '$JS.API.STREAM.MSG.DELETE.KV_RUNNEL_TICKET_KEYS',
  '$KV.RUNNEL_TICKET_KEYS.keys',
  '$JS.API.DIRECT.GET.KV_RUNNEL_KEYS',
  '$JS.API.STREAM.MSG.GET.KV_RUNNEL_KEYS',
  '$JS.API.STREAM.INFO.KV_RUNNEL_KEYS',
  '$JS.API.STREAM.PURGE.KV_RUNNEL_KEYS',
  '$KV.RUNNEL_KEYS.roots',
  '$KV.RUNNEL_WORKSPACES.default',
  'runnel.access.revoked',
  'runnel.workspace.deleted',
];
const EVENTS = [
  'events.0.default.p_1',
  'live.default.p_1',
  '$JS.API.STREAM.PURGE.EVENTS_0',
  '$JS.API.STREAM.MSG.DELETE.EVENTS_0',
  '$KV.RUNNEL_CATALOGUE.entry.p_1',
  '$KV.RUNNEL_SOURCE_STATE.x',
  'runnel.events.deleted',
  'presence.default.p_1',
];

/** What is refused to each service beside {@link ADMIN}. */
const FORBIDDEN: Record<'auth' | 'ingest' | 'gateway', { publish: string[]; hear: string[] }> = {
  auth: {
    publish: [
      ...EVENTS,
      ...MANAGING,
      '$JS.API.DIRECT.GET.EVENTS_0',
      '$JS.API.STREAM.INFO.EVENTS_0',
      'publish.default.p_1',
      'auth.decide',
      '_INBOX_gateway.x',
    ],
    hear: [
      '>',
      'events.>',
      'live.>',
      'publish.>',
      '$KV.>',
      '$JS.>',
      '_INBOX.>',
      '_INBOX_gateway.>',
      '_INBOX_ingest.>',
    ],
  },
  ingest: {
    publish: [
      ...SIGNING_KEYS,
      'live.default.p_1',
      'publish.default.p_1',
      '_INBOX_gateway.x',
      '_INBOX_auth.x',
    ],
    hear: [
      'events.>',
      'live.default.*',
      'auth.decide',
      '$KV.>',
      '$JS.API.>',
      '_INBOX.>',
      '_INBOX_auth.>',
      '_INBOX_gateway.>',
    ],
  },
  gateway: {
    publish: [
      ...SIGNING_KEYS,
      ...EVENTS,
      ...MANAGING,
      'publish.default.p_1',
      '$JS.API.STREAM.MSG.GET.KV_RUNNEL_WORKSPACES',
      '$JS.API.DIRECT.GET.KV_RUNNEL_SOURCE_STATE',
      '$JS.API.DIRECT.GET.KV_RUNNEL_WORKSPACES',
      '_INBOX_auth.x',
      '_INBOX.x',
    ],
    hear: [
      '>',
      'events.>',
      'auth.>',
      'publish.>',
      '$KV.>',
      '$JS.>',
      '_INBOX.>',
      '_INBOX_auth.>',
      '_INBOX_ingest.>',
      'orders.*',
    ],
  },
};

describe('signed in as a service', () => {
  it.each(['auth', 'ingest', 'gateway'] as const)('%s nobody gets at what it does not need', async (user) => {
    const client = await signIn(user);
    const { publish, hear } = FORBIDDEN[user];
    const heard: string[] = [];
    const subjects = [...ADMIN, ...publish];
    for (const subject of subjects) client.publish(subject, '{}');
    for (const subject of hear) {
      client.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.push(message.subject);
        },
      });
    }
    const unsaid = (kind: string, wanted: readonly string[]) =>
      wanted.filter(
        (subject) => !client.complaints.some((text) => text.includes(kind) && text.includes(`"${subject}"`)),
      );
    await client.connection.flush();
    await eventually(
      'each is refused',
      () => unsaid('Publish', subjects).length + unsaid('Subscription', hear).length === 0,
    ).catch(() => {});
    expect(unsaid('Publish', subjects)).toEqual([]);
    expect(unsaid('Subscription', hear)).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('ingest hears what programs publish, for sources, and nothing that is between the services and JetStream', async () => {
    const client = await signIn('ingest');
    const heard: string[] = [];
    client.connection.subscribe('>', {
      callback: (error, message) => {
        if (error === null) heard.push(message.subject);
      },
    });
    await client.connection.flush();
    const { id } = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'heard' })).body;
    await system.call('ingest', 'POST', `/v1/streams/${id}/events`, { channel: 'c', payload: 1 });
    await system.call('auth', 'POST', '/v1/keys', { name: 'k', scopes: ['publish'] });
    (await signIn('operator')).publish('orders.last', '1');
    await eventually('it hears the program', () => heard.includes('orders.last'));
    expect(heard.filter((subject) => /^(?:events|live|auth|\$|_(?!INBOX_ingest\.))/.test(subject))).toEqual(
      [],
    );
  });

  it('nobody has changed anything by that', async () => {
    const operator = await signIn('operator');
    const manager = await jetstreamManager(operator.connection);
    const names = [];
    for await (const { config } of manager.streams.list()) names.push(config.name);
    expect(names.sort()).toEqual([
      'EVENTS_0',
      'EVENTS_1',
      'EVENTS_2',
      'EVENTS_3',
      'KV_RUNNEL_CATALOGUE',
      'KV_RUNNEL_KEYS',
      'KV_RUNNEL_SOURCE_STATE',
      'KV_RUNNEL_TICKET_KEYS',
      'KV_RUNNEL_WORKSPACES',
    ]);
    expect((await system.call('auth', 'GET', '/v1/keys')).status).toBe(200);
    expect((await fetch(`${system.gateways[0]?.url}/readyz`)).status).toBe(200);
  });

  it('nobody signs in without a user or a key', async () => {
    const url = system.nats[0]?.url ?? '';
    for (const login of [{}, { user: 'auth', pass: 'wrong' }, { user: 'runnel' }, { token: 'rnl_x' }]) {
      await expect(NatsClient.open(url, { ...login, reconnect: false })).rejects.toMatchObject(refused);
    }
  });
});
