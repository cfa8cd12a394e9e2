import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsLink } from '#libs/nats-connection';
import { type NatsCluster, type NatsServer, startNatsCluster, startNatsServer } from '#libs/nats-server';
import { eventually } from '#libs/testing';
import type { KeyRef } from '../decision.js';
import { AuthCallout } from './auth-callout.js';
import { loginName } from './login-name.js';
import type { LoginGrant } from './login-tokens.js';
import { AccountKey } from './nkey.js';
import { PublisherConnections } from './publisher-connections.js';

// A real nats-server asks, and a stand-in for auth decides.

const issuer = AccountKey.generate();
const services = { user: 'runnel', password: 'services', role: 'ingest' as const };
const callout = { user: 'auth', password: 'callout' };
const accounts = { services: [services], shards: 1, callout, issuer: issuer.publicKey };
const key: KeyRef = { keyId: 'abcdefghijkl', fingerprint: '0123456789abcdef' };

const servers: NatsServer[] = [];
let cluster: NatsCluster | undefined;
const closers: (() => unknown)[] = [];
let grants: Map<string, LoginGrant>;
let errors: unknown[];

beforeEach(() => {
  grants = new Map([['good', grantFor(60)]]);
  errors = [];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await cluster?.stop();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  cluster = undefined;
});

function grantFor(lifeS: number): LoginGrant {
  return {
    name: loginName(key),
    account: 'PUBLISHERS',
    publish: ['publish.default.p_1'],
    subscribe: ['_INBOX_x.>'],
    expiresAtS: Math.floor(Date.now() / 1_000) + lifeS,
  };
}

async function startServer(): Promise<NatsServer> {
  const server = await startNatsServer({ accounts });
  servers.push(server);
  return server;
}

/** One replica of auth. Keys end when its test says so. */
async function startReplica(url: string) {
  const link = NatsLink.open({ url, user: callout.user, password: callout.password, name: 'auth' });
  const answered: string[] = [];
  const ends = new Set<() => void>();
  const onError = (error: unknown) => errors.push(error);
  const decide = async (token: string) => {
    answered.push(token);
    if (token === 'trouble') throw new Error('trouble');
    return grants.get(token);
  };
  const logins = new AuthCallout(link, { issuer, decide, onError });
  const watch = (_key: KeyRef, onEnd: () => void) => {
    ends.add(onEnd);
    return () => ends.delete(onEnd);
  };
  const connections = new PublisherConnections(link, { account: 'PUBLISHERS', watch, onError });
  const close = async () => {
    logins.close();
    connections.close();
    await link.close();
  };
  closers.push(close);
  await link.whenUp();
  await link.connection().flush();
  return { answered, connections, close, endAll: () => [...ends].map((end) => end()) };
}

async function signIn(url: string, options: object): Promise<NatsConnection> {
  const connection = await connect({
    servers: url,
    reconnect: false,
    inboxPrefix: '_INBOX_x',
    ...options,
  });
  closers.push(() => connection.close());
  return connection;
}

const refused = { name: 'AuthorizationError' };

describe('signing in to NATS', () => {
  it('is decided by auth for who shows a token, and asks nobody about the services', async () => {
    const { url } = await startServer();
    const auth = await startReplica(url);
    await signIn(url, { token: 'good' });
    expect(auth.answered).toEqual(['good']);
    await signIn(url, { user: services.user, pass: services.password });
    await expect(signIn(url, { user: services.user, pass: 'wrong' })).rejects.toMatchObject(refused);
    expect(auth.answered).toEqual(['good']);
  });

  it('is refused for a bad token, without a token, and when it cannot be decided', async () => {
    const { url } = await startServer();
    await startReplica(url);
    for (const options of [{ token: 'bad' }, {}, { user: 'x', pass: 'good' }, { token: 'trouble' }]) {
      await expect(signIn(url, options)).rejects.toMatchObject(refused);
    }
    expect(errors).toEqual([new Error('trouble')]);
  });

  it('is answered by one of many replicas, and by the others when it has gone', async () => {
    const { url } = await startServer();
    const replicas = [await startReplica(url), await startReplica(url)];
    for (let n = 0; n < 10; n += 1) await signIn(url, { token: 'good' });
    expect(replicas.flatMap(({ answered }) => answered)).toHaveLength(10);
    await replicas[0]?.close();
    await signIn(url, { token: 'good' });
  });

  it('is good until it expires: then the server ends the connection', async () => {
    const { url } = await startServer();
    await startReplica(url);
    grants.set('short', grantFor(2));
    const connection = await signIn(url, { token: 'short' });
    await connection.closed();
  });

  it('works again after the server was restarted', async () => {
    const server = await startServer();
    await startReplica(server.url);
    await server.restart();
    await eventually('a login', () => signIn(server.url, { token: 'good' }));
  });
});

describe('the connections of publishers', () => {
  it('are ended when their key is, those that were there before auth included', async () => {
    const { url } = await startServer();
    const before = await startReplica(url);
    const early = await signIn(url, { token: 'good' });
    await before.close();
    const auth = await startReplica(url);
    const late = await signIn(url, { token: 'good' });
    await eventually('both are known', () => auth.connections.size === 2);
    auth.endAll();
    await Promise.all([early.closed(), late.closed()]);
    expect(auth.connections.size).toBe(0);
  });

  it('are forgotten when they close, and those of others are never among them', async () => {
    const { url } = await startServer();
    const auth = await startReplica(url);
    await signIn(url, { user: services.user, pass: services.password });
    const connection = await signIn(url, { token: 'good' });
    await eventually('it is known', () => auth.connections.size === 1);
    await connection.close();
    await eventually('it is forgotten', () => auth.connections.size === 0);
  });

  it('are ended on whatever server of a cluster they are', async () => {
    cluster = await startNatsCluster({ size: 3, accounts });
    const [first = '', second = '', third = ''] = cluster.urls;
    const early = await startReplica(first);
    const clients = [await signIn(second, { token: 'good' })];
    const auth = await startReplica(third);
    clients.push(await signIn(first, { token: 'good' }), await signIn(third, { token: 'good' }));
    await eventually('all are known', () => auth.connections.size === 3 && early.connections.size === 3);
    auth.endAll();
    await Promise.all(clients.map((client) => client.closed()));
  }, 60_000);
});
