import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, freeze } from '#libs/testing';
import { startTestIngest, type TestIngest } from '../../streams/fixtures/test-ingest.js';

let ingest: TestIngest;
let key: string;
/** A source of the test's own. */
let source: { id: string; endpoint: string };

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key();
});

beforeEach(async () => {
  source = (await ingest.call('POST', '/v1/sources', { key, body: { type: 'http' } })).body;
});

afterAll(() => ingest?.close());

/** What is stored, oldest first. */
async function events(): Promise<{ channel: string | undefined; payload: Record<string, unknown> }[]> {
  const stored = await ingest.eventLog.newest({ workspace: 'default', stream: source.id }, 100);
  return stored.map(({ channel, payload }) => ({
    channel,
    payload: JSON.parse(Buffer.from(payload).toString()),
  }));
}

const change = (body: object) => ingest.call('PUT', `/v1/sources/${source.id}`, { key, body });

describe('an endpoint', () => {
  it('stores what it is sent and answers 200 {"status":"ok"}', async () => {
    const answer = await fetch(`${source.endpoint}/github/push?a=1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-GitHub-Event': 'push' },
      body: '{"ref":"main"}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual({ status: 'ok' });
    const [event] = await events();
    expect(event).toMatchObject({
      channel: undefined,
      payload: {
        method: 'POST',
        path: '/github/push',
        query: { a: '1' },
        headers: { 'content-type': 'application/json', 'x-github-event': 'push' },
        bodyRaw: '{"ref":"main"}',
        body: { ref: 'main' },
      },
    });
  });

  it('takes every method, with and without a path, in the order in which they were answered', async () => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
    for (const method of methods) {
      const answer = await fetch(method === 'GET' ? source.endpoint : `${source.endpoint}/x`, { method });
      expect([method, answer.status]).toEqual([method, 200]);
      expect(await answer.text()).toBe(method === 'HEAD' ? '' : '{"status":"ok"}');
    }
    const stored = await events();
    expect(stored.map(({ payload }) => payload.method)).toEqual(methods);
    expect(stored.map(({ payload }) => payload.path)).toEqual(['/', ...Array(6).fill('/x')]);
  });

  it('answers as its source is set, on the channel of the source', async () => {
    await change({ response: { status: 202, body: 'thanks' }, channel: 'deliveries' });
    const answered = async () => (await fetch(source.endpoint, { method: 'POST' })).status === 202;
    await eventually('the new answer', answered);
    const answer = await fetch(source.endpoint, { method: 'POST', body: 'x' });
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
      'text/plain; charset=utf-8',
      'thanks',
    ]);
    expect((await events()).at(-1)).toMatchObject({ channel: 'deliveries' });
    await change({ response: { status: 204 } });
    await eventually('an answer without a body', async () => (await fetch(source.endpoint)).status === 204);
  });

  it('inflates what was compressed', async () => {
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' };
    await fetch(source.endpoint, { method: 'POST', headers, body: gzipSync('{"a":1}') });
    expect((await events())[0]?.payload).toMatchObject({ bodyRaw: '{"a":1}', body: { a: 1 } });
  });

  it('takes a body of 512 KiB whole and refuses a larger one, storing nothing of it', async () => {
    const body = JSON.stringify('"'.repeat(256 * 1024 - 1));
    expect(body).toHaveLength(512 * 1024);
    const headers = { 'Content-Type': 'application/json' };
    expect((await fetch(source.endpoint, { method: 'POST', headers, body })).status).toBe(200);
    const refused = await fetch(source.endpoint, { method: 'POST', headers, body: `${body} ` });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
    await refused.text();
    const stored = await events();
    expect(stored).toHaveLength(1);
    expect(stored[0]?.payload.bodyRaw).toBe(body);
  });

  it('refuses a body whose event is larger than NATS takes', async () => {
    const refused = await fetch(source.endpoint, { method: 'POST', body: '\0'.repeat(400 * 1024) });
    expect(refused.status).toBe(413);
    await refused.text();
    expect(await events()).toEqual([]);
  });

  it('lets pages of any origin send', async () => {
    const preflight = await fetch(source.endpoint, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://shop.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type, x-shop',
      },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type, x-shop');
    expect((await events())[0]?.payload.method).toBe('OPTIONS');
  });

  it('stores nothing of a request that broke off', async () => {
    const { hostname, port, pathname } = new URL(source.endpoint);
    const socket = connect(Number(port), hostname);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf`, () =>
      socket.destroy(),
    );
    await closed;
    await fetch(source.endpoint, { method: 'POST', body: 'whole' });
    expect((await events()).map(({ payload }) => payload.bodyRaw)).toEqual(['whole']);
  });
});

describe('no event is taken', () => {
  it('at an address that is none, whatever is sent there', async () => {
    for (const token of ['x', '*', '%3E', '%00', `${'0'.repeat(32)}`, source.id, '__proto__']) {
      const answer = await ingest.call('POST', `/hooks/${token}`, { body: {} });
      expect([token, answer.status]).toEqual([token, 404]);
    }
    expect((await ingest.call('POST', '/hooks')).status).toBe(404);
  });

  it('while the source is not active, and again once it is', async () => {
    await change({ active: false });
    await eventually('the source is inactive', async () => (await fetch(source.endpoint)).status === 404);
    await change({ active: true });
    await eventually('the source is active', async () => (await fetch(source.endpoint)).status === 200);
  });

  it('once the source is deleted', async () => {
    expect((await fetch(source.endpoint)).status).toBe(200);
    await ingest.call('DELETE', `/v1/sources/${source.id}`, { key });
    await eventually('the endpoint is gone', async () => (await fetch(source.endpoint)).status === 404);
  });

  it('while NATS is down: the sender is told to come back', async () => {
    await fetch(source.endpoint);
    await freeze(ingest.server.pid);
    const answer = fetch(source.endpoint, { method: 'POST', body: 'x' });
    const { status, headers } = await answer.finally(() => ingest.server.kill('SIGCONT'));
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  }, 20_000);
});
