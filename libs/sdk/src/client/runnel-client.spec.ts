import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectError, RunnelError } from '../errors.js';
import { RunnelClient } from './runnel-client.js';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let client: RunnelClient;
const calls: Call[] = [];
/** Answers in turn; the last one is for all that follow. */
let answers: ((response: ServerResponse) => void)[];

beforeEach(async () => {
  calls.length = 0;
  answers = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ method: request.method, url: request.url, headers: request.headers, body });
      (answers.length > 1 ? answers.shift() : answers[0])?.(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new RunnelClient({ baseUrl: `${baseUrl()}/`, apiKey: 'rnl_key' });
});
afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) await once(server.close(), 'close');
});

const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const json =
  (status: number, value: unknown, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
const problem = (status: number, code: string, more = {}, headers = {}) =>
  json(status, { type: `urn:runnel:problem:${code}`, status, detail: `It is ${code}.`, ...more }, headers);
const refusal = (call: Promise<unknown>) => call.then(() => undefined).catch((error: unknown) => error);

describe('RunnelClient', () => {
  it('sends each call with the key, and takes the list out of its envelope', async () => {
    answers = [json(200, { data: [{ id: 'dc_1' }] })];
    expect(await client.sources.list()).toEqual([{ id: 'dc_1' }]);
    expect(calls[0]).toMatchObject({ method: 'GET', url: '/v1/sources' });
    expect(calls[0]?.headers.authorization).toBe('Bearer rnl_key');
  });

  it('asks for a page by what is given, encoded, and does not take a whole list for one', async () => {
    const page = { page_info: { total_count: 1, count: 1, start_cursor: 'a', end_cursor: 'a' }, data: [{}] };
    answers = [json(200, page), json(200, page), json(200, { data: [{}] })];
    expect(await client.workflows.page()).toEqual(page);
    expect(await client.streams.page({ limit: 5, before: '1-p_1', q: 'a b&c' })).toEqual(page);
    expect(calls.map(({ url }) => url)).toEqual([
      '/v1/workflows?limit=10',
      '/v1/streams?limit=5&before=1-p_1&q=a+b%26c',
    ]);
    expect(await refusal(client.sources.page())).toMatchObject({ code: 'unexpected-answer' });
  });

  it('asks for the next page when the entries before it are used up, and not before', async () => {
    const page = (end: string, ...data: string[]) => json(200, { page_info: { end_cursor: end }, data });
    answers = [page('b', 'a', 'b'), page('d', 'c', 'd'), page('e', 'e')];
    const seen = [];
    for await (const stream of client.streams.each({ limit: 2, q: 'x' })) {
      seen.push(stream);
      expect(calls).toHaveLength(Math.ceil(seen.length / 2));
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(calls.map(({ url }) => url)).toEqual([
      '/v1/streams?limit=2&q=x',
      '/v1/streams?limit=2&q=x&after=b',
      '/v1/streams?limit=2&q=x&after=d',
    ]);
  });

  it('asks for stored events on one side of an event, of one channel', async () => {
    answers = [json(200, { data: [] })];
    await client.history('news', { limit: 3, after: 'e-1', channel: 'ä' });
    expect(calls[0]?.url).toBe('/v1/streams/news/events?limit=3&after=e-1&channel=%C3%A4');
  });

  it('creates with a JSON body and deletes with an encoded id', async () => {
    answers = [json(201, { id: 'p_1' }), (response) => response.writeHead(204).end()];
    expect(await client.workflows.create({ name: 'x' })).toEqual({ id: 'p_1' });
    expect(await client.workflows.delete('a/b?c')).toBeUndefined();
    expect(calls.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/v1/workflows', '{"name":"x"}'],
      ['DELETE', '/v1/workflows/a%2Fb%3Fc', ''],
    ]);
  });

  it.each(['', '.', '..'])('does not let %j lead to another address', async (name) => {
    expect(await refusal(client.sources.delete(name))).toMatchObject({
      code: 'not-found',
    });
    expect(calls).toEqual([]);
  });

  it('carries the problem of a refusal', async () => {
    const errors = [{ field: 'name', message: 'is required' }];
    answers = [problem(400, 'malformed-request', { errors, instance: 'req-1' }, { 'retry-after': '2' })];
    const error = await refusal(client.workflows.create({ name: '' }));
    expect(error).toBeInstanceOf(RunnelError);
    expect(error).toMatchObject({
      status: 400,
      code: 'malformed-request',
      detail: 'It is malformed-request.',
      errors,
      requestId: 'req-1',
      retryAfterMs: 2_000,
    });
  });

  it.each([
    ['a page', (response: ServerResponse) => response.writeHead(502).end('<h1>Bad gateway</h1>'), 'http-502'],
    ['JSON of another form', json(500, [1, { detail: 7 }]), 'http-500'],
    [
      'a redirect',
      (response: ServerResponse) => response.writeHead(301, { location: 'https://x' }).end(),
      'http-301',
    ],
    [
      'a page that looks well',
      (response: ServerResponse) => response.end('<h1>Hi</h1>'),
      'unexpected-answer',
    ],
  ])('makes an error of %s', async (_what, answer, code) => {
    answers = [answer];
    expect(await refusal(client.streams.list())).toMatchObject({ name: 'RunnelError', code });
  });

  it('says why the service cannot be reached', async () => {
    const address = baseUrl();
    await once(server.close(), 'close');
    const error = await refusal(client.streams.list());
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as Error).message).toBe(`${address} refused the connection.`);
  });

  it('ends a call when the signal is aborted, with the reason of that', async () => {
    const stop = new AbortController();
    answers = [() => stop.abort(new Error('enough'))];
    expect(await refusal(client.publish('s', { payload: 1 }, { signal: stop.signal }))).toEqual(
      new Error('enough'),
    );
  });

  it('refuses a key that no header can hold, without quoting it', () => {
    const make = () => new RunnelClient({ baseUrl: baseUrl(), apiKey: 'rnl_secret\n' });
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow(/secret/);
  });

  it.each([
    ['source', 'dc_1', '/sources/dc_1/sse'],
    ['workflow', 'p_1', '/pipelines/p_1/sse'],
  ] as const)('knows the SSE address of a %s under its own base URL', (kind, id, path) => {
    expect(new RunnelClient({ baseUrl: 'https://x.example/runnel/' }).sseUrl({ kind, id })).toBe(
      `https://x.example/runnel${path}`,
    );
  });
});

describe('publish', () => {
  const stored = json(201, { events: [{ id: 'e-1', duplicate: false }] });

  it('stores one event, and a batch, in the forms of the API', async () => {
    answers = [stored];
    expect(await client.publish('news', { channel: 'a', payload: 1 })).toEqual({
      id: 'e-1',
      duplicate: false,
    });
    await client.publishBatch('news', [{ payload: 1 }, { payload: 2 }]);
    expect(calls.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /v1/streams/news/events {"channel":"a","payload":1}',
      'POST /v1/streams/news/events [{"payload":1},{"payload":2}]',
    ]);
  });

  it.each([
    ['an unknown outcome', problem(503, 'outcome-unknown')],
    ['a proxy without a service', (response: ServerResponse) => response.writeHead(502).end()],
    ['a broken connection', (response: ServerResponse) => response.destroy()],
    [
      'an answer that breaks off',
      (response: ServerResponse) => {
        response.writeHead(201, { 'content-length': 100 }).write('{');
        setImmediate(() => response.destroy());
      },
    ],
  ])('tries again after %s, with the same key', async (_what, failure) => {
    answers = [failure, failure, stored];
    await client.publish('news', { payload: 1 });
    const keys = calls.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9A-Za-z]{22}$/);
  });

  it('makes another key for another call, or takes the one it is given', async () => {
    answers = [stored];
    await client.publish('news', { payload: 1 });
    await client.publish('news', { payload: 1 });
    await client.publish('news', { payload: 1 }, { idempotencyKey: 'mine' });
    const keys = calls.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('mine');
  });

  it('does not try again what was refused', async () => {
    answers = [problem(422, 'idempotency-key-reused')];
    expect(await refusal(client.publish('news', { payload: 1 }))).toMatchObject({ status: 422 });
    expect(calls).toHaveLength(1);
  });

  it('gives up after its patience, with the last refusal', async () => {
    answers = [problem(503, 'unavailable')];
    const options = { patienceMs: 500 };
    expect(await refusal(client.publish('news', { payload: 1 }, options))).toMatchObject({ status: 503 });
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.length).toBeLessThan(5);
  });

  it('does not begin a retry for which the service asks a longer wait than its patience', async () => {
    answers = [problem(503, 'unavailable', {}, { 'retry-after': '60' })];
    expect(await refusal(client.publish('news', { payload: 1 }))).toMatchObject({ retryAfterMs: 60_000 });
    expect(calls).toHaveLength(1);
  });
});
