import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashSecret, newApiKey } from '#libs/access';
import { eventually, NatsClient, Standalone } from '#libs/testing';

/*
 * Everything that gives rights, used well and badly in all kinds of requests with the log at its most talkative: it
 * turns up in no log line, no answer that is not its own, no metric, no process list, and no environment of a child.
 */

let runnel: Standalone;
let secrets: Record<string, string>;
/** Answers to requests that were refused. */
const refusals: string[] = [];

beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_LOG_LEVEL: 'trace' });
  const { body: key } = await runnel.call('POST', '/v1/keys', {
    name: 'k',
    scopes: ['publish', 'subscribe'],
  });
  const rotated = (await runnel.call('POST', `/v1/keys/${key.id}/rotate`)).body.key;
  const { body: tenant } = await runnel.call('POST', '/v1/workspaces', { name: 'tenant' });
  const stream = await runnel.workflow();
  const { ticket } = (await runnel.call('POST', '/v1/tickets', { streams: [stream] }, rotated)).body;
  const signature = { type: 'github', secret: 'a-secret-of-a-webhook' };
  const { endpoint } = (await runnel.call('POST', '/v1/sources', { type: 'http', signature })).body;
  secrets = {
    'the admin key': runnel.adminKey,
    'its hash': hashSecret(runnel.adminKey),
    'a key that was rotated': key.key,
    'a key': rotated,
    "a tenant's key": tenant.key,
    'a key that nobody knows': newApiKey(),
    'a ticket': ticket,
    "a webhook's address": endpoint,
    "a webhook's secret": signature.secret,
    ...natsPasswords(),
  };
  await useThem(stream);
}, 90_000);
afterAll(() => runnel?.stop());

/** Of the users in the configuration of its nats-server, and the seed of none, since that is in memory only. */
function natsPasswords(): Record<string, string> {
  const directory = join(runnel.dataDir, 'nats-server.pid.d');
  const config = readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n');
  const passwords = [...config.matchAll(/"password":"([^"]+)"/g)].map(([, password]) => password ?? '');
  expect(passwords.length).toBeGreaterThan(1);
  return Object.fromEntries(passwords.map((password, n) => [`NATS password ${n}`, password]));
}

async function useThem(stream: string): Promise<void> {
  const send = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(runnel.url + path, { ...init, signal: AbortSignal.timeout(20_000) });
    if (answer.status >= 400) refusals.push(`${JSON.stringify([...answer.headers])} ${await answer.text()}`);
    else await answer.body?.cancel();
  };
  for (const text of Object.values(secrets)) {
    const path = encodeURIComponent(text);
    const place = text.startsWith('http') ? new URL(text).pathname : undefined;
    await Promise.all([
      send('/v1/streams', { headers: { authorization: `Bearer ${text}` } }),
      send('/v1/streams', { headers: { authorization: `Basic ${text}` } }),
      send('/v1/streams', { headers: { cookie: `runnel_ticket=${text}` } }),
      send(`/v1/streams?ticket=${path}`),
      send(`/v1/streams?key=${path}`),
      send(`/pipelines/${stream}/sse?ticket=${path}`),
      send(`/sources/${stream}/sse`, { headers: { authorization: `Bearer ${text}` } }),
      send(`/v1/sse?stream=${stream}&ticket=${path}`),
      send('/v1/keys', {
        method: 'POST',
        headers: { authorization: `Bearer ${runnel.adminKey}`, 'content-type': 'application/json' },
        body: `{"name": "${text}", oops`,
      }),
      send(`/v1/streams/${stream}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
        body: '{"channel":"c","payload":1}',
      }),
      ...(place === undefined
        ? []
        : [
            send(place, { method: 'POST', body: '{}' }),
            send(place.toUpperCase().replace(place.slice(7).toUpperCase(), place.slice(7)), {
              method: 'POST',
            }),
            send(`${place}/more?a=b`, { method: 'POST', headers: { 'x-hub-signature-256': 'sha256=00' } }),
            send(`/hooks/%${place.charCodeAt(7).toString(16)}${place.slice(8)}`, { method: 'POST' }),
            send(`${place}%zz`),
          ]),
    ]);
  }
  const url = await runnel.natsUrl();
  for (const token of Object.values(secrets)) {
    const client = await NatsClient.open(url, { token, reconnect: false }).catch(() => undefined);
    await client?.close();
  }
}

function expectNone(text: string): void {
  expect(text.length).toBeGreaterThan(0);
  for (const [name, secret] of Object.entries(secrets)) {
    // What is behind the key's id, the ticket's signature, the token of an address: the parts that nobody can know.
    const parts = [secret, secret.split('_').at(-1), secret.split('.').at(-1), secret.split('/').at(-1)];
    for (const part of new Set(parts)) {
      if (part === undefined || part.length < 16) continue;
      expect([name, text.includes(part)]).toEqual([name, false]);
    }
  }
}

describe('what gives rights', () => {
  it('is in no line of the log', async () => {
    await eventually('the log has come', () => runnel.process.output.length > 100);
    expectNone(runnel.process.output.join('\n'));
  });

  it('is in no answer to a request that was refused', () => {
    expect(refusals.length).toBeGreaterThan(50);
    expectNone(refusals.join('\n'));
  });

  it('is in no metric and no description', async () => {
    for (const path of ['/metrics', '/readyz', '/docs-json']) {
      expectNone(await (await fetch(runnel.url + path)).text());
    }
  });

  it('is in no process list, and in the environment of no child', () => {
    const pid = Number(/\d+/.exec(readFileSync(join(runnel.dataDir, 'nats-server.pid'), 'utf8'))?.[0]);
    expectNone(readFileSync(`/proc/${runnel.process.pid}/cmdline`, 'utf8'));
    expectNone(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    expectNone(readFileSync(`/proc/${pid}/environ`, 'utf8'));
  });
});
