import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { eventually, NatsClient, RawNatsClient, Standalone } from '#libs/testing';

// Programs that know nothing of HTTP, and standalone with its own nats-server.

const ADMIN_KEY = 'an-admin-key-that-an-operator-has-made-up';
const CHANNEL = { 'Runnel-Channel': 'c' };

let runnel: Standalone;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  // One shard: whatever one stream could do to another in it would show.
  const natsPort = String(await freePort());
  const env = { RUNNEL_ADMIN_KEY: ADMIN_KEY, RUNNEL_SHARDS: '1', RUNNEL_NATS_PORT: natsPort };
  runnel = await Standalone.start(env);
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await runnel?.stop();
});

interface Key {
  readonly id: string;
  readonly key: string;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function newKey(fields: object = {}, by?: string): Promise<Key> {
  const body = { name: 'publisher', scopes: ['publish'], ...fields };
  return (await runnel.call('POST', '/v1/keys', body, by)).body;
}

async function signIn({ id, key }: Key, options: object = {}): Promise<NatsClient> {
  const inboxPrefix = `_INBOX_${id}`;
  const client = await NatsClient.open(await runnel.natsUrl(), { token: key, inboxPrefix, ...options });
  closers.push(() => client.close());
  return client;
}

async function subjectOf(stream: string, by?: string): Promise<string> {
  return (await runnel.call('GET', `/v1/streams/${stream}`, undefined, by)).body.nats_subject;
}

async function watch(stream: string) {
  const capture = await runnel.subscribe(`/pipelines/${stream}/sse`);
  closers.push(() => capture.close());
  return capture;
}

/** What a stream keeps. */
async function kept(stream: string): Promise<unknown[]> {
  const { body } = await runnel.call('GET', `/v1/streams/${stream}/events?limit=100`);
  return (body.data as { payload: unknown }[]).map(({ payload }) => payload);
}

const refused = { name: 'AuthorizationError' };

describe('a publisher with an API key as its token', () => {
  it('publishes to a stream, and subscribers hear it', async () => {
    const stream = await runnel.workflow();
    const subject = await subjectOf(stream);
    const client = await signIn(await newKey());
    const capture = await watch(stream);
    expect(await client.request(subject, '{"a":1}', CHANNEL)).toMatchObject({
      stream,
      seq: expect.any(Number),
    });
    client.publish(subject, '"no answer wanted"', CHANNEL);
    await capture.count(2);
    expect(capture.values).toEqual([{ a: 1 }, 'no answer wanted']);
    expect(capture.events.map(({ event }) => event)).toEqual(['c', 'c']);
    expect(client.complaints).toEqual([]);
  });

  it('may use the JetStream part of its client, with ids that store once', async () => {
    const subject = await subjectOf(await runnel.workflow());
    const client = await signIn(await newKey());
    const js = jetstream(client.connection);
    const send = async (data: string) => {
      const fields = headers();
      fields.set('Runnel-Channel', 'c');
      return await js.publish(subject, data, { headers: fields, msgID: 'one' });
    };
    const first = await send('1');
    expect(first.duplicate).toBe(false);
    expect(await send('1')).toMatchObject({ seq: first.seq, duplicate: true });
    await expect(js.publish(subject, 'no JSON')).rejects.toThrow('Runnel-Channel is required');
  });

  it('uses ids that mean nothing to other streams and workspaces in the same shard', async () => {
    const other = (await runnel.call('POST', '/v1/workspaces', { name: 'other' })).body;
    const [here, there] = [await newKey(), await newKey({}, other.key)];
    const mine = [await runnel.workflow(), await runnel.workflow()];
    const foreign = (await runnel.call('POST', '/v1/workflows', { name: 'w' }, other.key)).body.id;
    const fields = { ...CHANNEL, 'Nats-Msg-Id': '1' };
    const answers = [
      ...(await Promise.all(
        mine.map(async (id) => (await signIn(here)).request(await subjectOf(id), '1', fields)),
      )),
      await (await signIn(there)).request(await subjectOf(foreign, other.key), '1', fields),
    ];
    for (const answer of answers)
      expect(answer).toEqual({ stream: answer.stream, seq: answer.seq, id: answer.id });
  });

  it('is told what is wrong with a message; subscribers never see it, and it is counted', async () => {
    const stream = await runnel.workflow();
    const subject = await subjectOf(stream);
    const client = await signIn(await newKey());
    const capture = await watch(stream);
    const code = (status: number) => ({ error: expect.objectContaining({ code: status }) });
    expect(await client.request(subject, 'garbage', CHANNEL)).toEqual(code(400));
    expect(await client.request(subject, '1', { 'Runnel-Channel': 'runnel.closed' })).toEqual(code(400));
    expect(await client.request(subject, '1')).toEqual(code(400));
    expect(await client.request(subject, `"${'x'.repeat(600_000)}"`, CHANNEL)).toEqual(code(413));
    expect(await client.request(subject, '"good"', CHANNEL)).toHaveProperty('seq');
    await capture.count(1);
    expect(capture.values).toEqual(['good']);
    const metrics = await (await fetch(`${runnel.url}/metrics`)).text();
    expect(metrics).toMatch(/runnel_ingest_nats_messages_total\{outcome="malformed-request",.*\} [3-9]/);
  });
});

describe('a publisher can do nothing else', () => {
  it('than publish to the streams of its key', async () => {
    const [own, another] = [await runnel.workflow(), await runnel.workflow()];
    const client = await signIn(await newKey({ streams: [own] }));
    const subjects = [
      await subjectOf(another),
      `publish.default.${own}.more`,
      'publish.default.*',
      `publish.ws_other.${own}`,
      `events.0.default.${own}`,
      `live.default.${own}`,
      '$JS.API.INFO',
      '$JS.API.STREAM.PURGE.EVENTS_0',
      '$KV.RUNNEL_KEYS.roots',
      '$SYS.REQ.SERVER.PING',
      'auth.decide',
      'runnel.workspace.deleted',
      '_INBOX_abcdefghijkl.1',
      'anything',
    ];
    for (const subject of subjects) client.publish(subject, '1', CHANNEL);
    await client.connection.flush();
    await eventually('every one is refused', () => client.complaints.length === subjects.length);
    expect(client.complaints).toEqual(
      subjects.map((subject) => `Permissions Violation for Publish to "${subject}"`),
    );
    expect(await kept(another)).toEqual([]);
  });

  it('than hear the answers to its own messages', async () => {
    const key = await newKey();
    const client = await signIn(key);
    const own = `_INBOX_${key.id}.mine`;
    const subjects = [
      '>',
      '*',
      'events.>',
      'live.>',
      'publish.>',
      '$JS.API.>',
      '$JS.ACK.>',
      '$KV.>',
      '$SYS.>',
    ];
    subjects.push(
      'auth.>',
      'runnel.>',
      '_INBOX.>',
      '_INBOX.abc.*',
      `_INBOX_${(await newKey()).id}.>`,
      '_R_.>',
    );
    const errors: string[] = [];
    for (const subject of [...subjects, own]) {
      client.connection.subscribe(subject, { callback: (error) => void errors.push(error?.message ?? '') });
    }
    await client.connection.flush();
    await eventually('all but its own are refused', () => errors.length === subjects.length);
    expect(errors).toEqual(
      subjects.map((subject) => `Permissions Violation for Subscription to "${subject}"`),
    );
  });

  it('than have answers sent to itself: named as the place for them, no stream is written to', async () => {
    const own = await runnel.workflow();
    const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const sourceSubject = await subjectOf(source.id);
    const client = await signIn(await newKey({ streams: [own] }));
    const subject = await subjectOf(own);
    const { connection } = client;
    const fields = headers();
    fields.set('Runnel-Channel', 'c');
    const places = [sourceSubject, `events.0.default.${source.id}`, `live.default.${source.id}`];
    for (const reply of [...places, '$JS.API.STREAM.PURGE.EVENTS_0', '$JS.API.STREAM.DELETE.EVENTS_0']) {
      connection.publish(subject, '1', { reply, headers: fields });
      connection.publish(subject, 'garbage', { reply });
    }
    expect(await client.request(subject, '"last"', CHANNEL)).toHaveProperty('seq');
    expect(await kept(source.id)).toEqual([]);
    expect(await kept(own)).toEqual([1, 1, 1, 1, 1, 'last']);
  });
});

describe('a publisher that speaks the protocol by hand', () => {
  async function dial(token: string): Promise<RawNatsClient> {
    const { hostname: host, port } = new URL(await runnel.natsUrl());
    const client = await RawNatsClient.open({ host, port: Number(port) }, { auth_token: token });
    closers.push(() => client.close());
    return client;
  }

  it('signs in with CONNECT, publishes with HPUB and its headers, and is answered', async () => {
    const stream = await runnel.workflow();
    const subject = await subjectOf(stream);
    const { id, key } = await newKey();
    const client = await dial(key);
    client.send('PING');
    await eventually('PONG', () => client.heard === 'PONG\r\n');
    const inbox = `_INBOX_${id}.by-hand`;
    client.send(`SUB ${inbox} 1`);
    const head = 'NATS/1.0\r\nRunnel-Channel: c\r\nNats-Msg-Id: 1\r\n\r\n';
    for (let n = 0; n < 2; n += 1) client.publish(subject, head, '{"a":1}', inbox);
    const answers = () => [...client.heard.matchAll(/MSG \S+ 1 \d+\r\n(.*)\r\n/g)].map(([, json]) => json);
    await eventually('both answers', () => answers().length === 2);
    const [first, second] = answers().map((json) => JSON.parse(json ?? ''));
    expect(first).toEqual({ stream, seq: expect.any(Number), id: expect.any(String) });
    expect(second).toEqual({ ...first, duplicate: true });
    expect(await kept(stream)).toEqual([{ a: 1 }]);
  });

  it('is told that another subject is not its own, and stays connected', async () => {
    const [own, another] = [await runnel.workflow(), await runnel.workflow()];
    const client = await dial((await newKey({ streams: [own] })).key);
    const wrong = await subjectOf(another);
    client.send(`PUB ${wrong} 1\r\n1`);
    const refusal = `-ERR 'Permissions Violation for Publish to "${wrong}"'\r\n`;
    await eventually('the refusal', () => client.heard === refusal);
    client.send('PING');
    await eventually('PONG', () => client.heard === `${refusal}PONG\r\n`);
    expect(await kept(another)).toEqual([]);
  });

  it('is cut off with another token', async () => {
    const client = await dial('rnl_nobody_x');
    await eventually('the end', () => client.ended);
    expect(client.heard).toBe("-ERR 'Authorization Violation'\r\n");
  });
});

describe('a subscriber with an API key as its token', () => {
  it('hears when its streams get subscribers, and can do nothing else', async () => {
    const [own, another] = [await runnel.workflow(), await runnel.workflow()];
    const key = await newKey({ scopes: ['subscribe'], streams: [own] });
    const client = await signIn(key);
    const heard: unknown[] = [];
    const listen = (subject: string) =>
      client.connection.subscribe(subject, {
        callback: (error, message) => void heard.push(error?.message ?? [message.subject, message.json()]),
      });
    const subjects = ['default.*', '*.*', '>', `default.${another}`, `ws_other.${own}`];
    const refused = [
      ...subjects.map((rest) => `presence.${rest}`),
      `publish.default.${own}`,
      `_INBOX_${key.id}.x`,
    ];
    for (const subject of refused) listen(subject);
    await eventually('they are refused', () => heard.length === refused.length);
    expect(heard.splice(0)).toEqual(
      refused.map((subject) => `Permissions Violation for Subscription to "${subject}"`),
    );
    client.complaints.length = 0;
    listen(`presence.default.${own}`);
    const attempts = [`presence.default.${own}`, await subjectOf(own), 'runnel.presence.report', 'anything'];
    for (const subject of attempts) client.publish(subject, '{"subscribers":7}', CHANNEL);
    await eventually('publishing is refused', () => client.complaints.length === attempts.length);
    await watch(another);
    await watch(own);
    await eventually('it is told', () => heard.length > 0);
    expect(heard[0]).toEqual([`presence.default.${own}`, { subscribers: 1 }]);
    expect(await kept(own)).toEqual([]);
  });

  it('hears of all streams of its workspace, and of no other', async () => {
    const other = (await runnel.call('POST', '/v1/workspaces', { name: 'watched' })).body;
    const theirs = (await runnel.call('POST', '/v1/workflows', { name: 'w' }, other.key)).body.id;
    const client = await signIn(await newKey({ scopes: ['subscribe'] }, other.key));
    const heard: string[] = [];
    client.connection.subscribe(`presence.${other.id}.*`, {
      callback: (_error, { subject }) => void heard.push(subject),
    });
    await client.connection.flush();
    await watch(await runnel.workflow());
    await watch(theirs);
    await eventually('it is told', () => heard.length > 0);
    expect(heard).toEqual([`presence.${other.id}.${theirs}`]);
    expect(client.complaints).toEqual([]);
    client.connection.subscribe('presence.default.*', { callback: () => {} });
    await eventually('others are refused', () => client.complaints.length === 1);
  });
});

describe('signing in', () => {
  it('is refused without a key that may publish or subscribe', async () => {
    const stream = await runnel.workflow();
    const deaf = await newKey({ scopes: ['manage'] });
    const { ticket } = (await runnel.call('POST', '/v1/tickets', { streams: [stream] })).body;
    const revoked = await newKey();
    await runnel.call('DELETE', `/v1/keys/${revoked.id}`);
    const url = await runnel.natsUrl();
    for (const token of [deaf.key, ticket, revoked.key, `${(await newKey()).key}x`, 'x', '']) {
      await expect(NatsClient.open(url, { token, reconnect: false })).rejects.toMatchObject(refused);
    }
    await expect(NatsClient.open(url, { reconnect: false })).rejects.toMatchObject(refused);
    for (const user of ['runnel', 'auth', 'admin']) {
      await expect(NatsClient.open(url, { user, pass: 'x', reconnect: false })).rejects.toMatchObject(
        refused,
      );
    }
  });

  it('works with the first admin key, whatever it looks like', async () => {
    const stream = await runnel.workflow();
    const client = await NatsClient.open(await runnel.natsUrl(), { token: ADMIN_KEY });
    closers.push(() => client.close());
    client.publish(await subjectOf(stream), '1', CHANNEL);
    await eventually('it is stored', async () => (await kept(stream)).length === 1);
    expect(client.complaints).toEqual([]);
  });

  it('is over within 5 s of the end of the key: revoked, rotated or expired', async () => {
    const [revoked, rotated, other] = [await newKey(), await newKey(), await newKey()];
    const connect = async (key: Key) => (await signIn(key, { reconnect: false })).connection;
    const ended = async (key: Key, end: () => Promise<unknown>) => {
      const connection = await connect(key);
      const began = performance.now();
      await end();
      await connection.closed();
      return performance.now() - began;
    };
    const expiresAt = Date.now() + 4_000;
    const expires = await connect(await newKey({ expires_at: new Date(expiresAt).toISOString() }));
    const bystander = await connect(other);
    const times = await Promise.all([
      ended(revoked, () => runnel.call('DELETE', `/v1/keys/${revoked.id}`)),
      ended(rotated, () => runnel.call('POST', `/v1/keys/${rotated.id}/rotate`)),
    ]);
    for (const time of times) expect(time).toBeLessThan(5_000);
    await expires.closed();
    expect(Math.abs(Date.now() - expiresAt)).toBeLessThan(5_000);
    await bystander.flush();
    expect(bystander.isClosed()).toBe(false);
  });

  it('leaves the key nowhere: not in the log, on the command line or in a file that others may read', async () => {
    const { key } = await newKey();
    const client = await NatsClient.open(await runnel.natsUrl(), { token: key });
    client.publish('elsewhere', '1');
    await client.connection.flush();
    await client.close();
    await NatsClient.open(await runnel.natsUrl(), { token: `${key}x`, reconnect: false }).catch(() => {});
    const secret = key.split('_')[2] as string;
    expect(runnel.process.output.join('\n')).not.toContain(secret);
    expect(runnel.process.output.join('\n')).not.toContain(ADMIN_KEY);
    const pid = /\d+/.exec(readFileSync(join(runnel.dataDir, 'nats-server.pid'), 'utf8'))?.[0];
    const config = join(runnel.dataDir, 'nats-server.pid.d', 'nats-server.conf');
    const passwords = [...readFileSync(config, 'utf8').matchAll(/"password":"([^"]+)"/g)].map(
      ([, text]) => text,
    );
    expect(passwords).toHaveLength(3);
    expect(statSync(config).mode & 0o077).toBe(0);
    const commands = [`/proc/${pid}/cmdline`, `/proc/${runnel.process.pid}/cmdline`, `/proc/${pid}/environ`];
    for (const file of commands) {
      for (const text of passwords) expect(readFileSync(file, 'utf8')).not.toContain(text);
    }
  });

  it('works again after a restart, by which the client comes back by itself', async () => {
    const stream = await runnel.workflow();
    const subject = await subjectOf(stream);
    const client = await signIn(await newKey(), { maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    await client.request(subject, '1', CHANNEL);
    await runnel.process.restart();
    await eventually('it publishes again', () => client.request(subject, '2', CHANNEL), 20_000);
    expect(await kept(stream)).toEqual([1, 2]);
  }, 60_000);
});
