import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { RunnelError, StreamClosedError } from '../errors.js';
import { refuse, StreamStandIn } from '../fixtures/stream-stand-in.js';
import type { Gap, StreamEvent } from './stream-event.js';
import { streamEvents, subscribe } from './subscribe.js';
import type { StreamOptions, SubscriptionState } from './subscribe-options.js';

let server: StreamStandIn;
let url: string;
let stop: AbortController;
let ended: Promise<unknown>;
const events: StreamEvent[] = [];
const gaps: Gap[] = [];
const states: SubscriptionState[] = [];

beforeEach(async () => {
  server = await StreamStandIn.start();
  url = `http://127.0.0.1:${server.port}/pipelines/p_1/sse`;
  stop = new AbortController();
  ended = Promise.resolve();
  for (const list of [events, gaps, states]) list.length = 0;
});
afterEach(async () => {
  stop.abort();
  await ended;
  await server.stop();
});

/** Subscribes in the background; `ended` has the error that ends it, if one does. */
function listen(options: StreamOptions = {}): void {
  ended = subscribe(url, {
    signal: stop.signal,
    maxRetryMs: 20,
    onEvent: (event) => void events.push(event),
    onGap: (gap) => void gaps.push(gap),
    onState: (state) => void states.push(state),
    ...options,
  }).catch((error: unknown) => error);
}

const payloads = () => events.map(({ payload }) => payload);
const heard = (...values: unknown[]) =>
  eventually(`${JSON.stringify(values)}, and not ${JSON.stringify(payloads())}`, () => {
    return JSON.stringify(payloads()) === JSON.stringify(values);
  });
const requests = (count: number) => eventually(`${count} requests`, () => server.requests.length >= count);
const headersOf = (index: number) => server.requests[index]?.headers;

describe('subscribe', () => {
  it('delivers history and then live events, with channel, cursor and data as they were sent', async () => {
    server.publish({ n: 1 }, 'tick');
    listen();
    await heard({ n: 1 });
    server.publish('two');
    await heard({ n: 1 }, 'two');
    expect(events).toEqual([
      { id: 'e1-1', channel: 'tick', payload: { n: 1 }, data: '{"n":1}' },
      { id: 'e1-2', channel: undefined, payload: 'two', data: '"two"' },
    ]);
  });

  it('sends the credential, the replay and the channels that it was given', async () => {
    listen({ apiKey: 'rnl_key', replay: 5, channels: ['a', 'b&c'] });
    await requests(1);
    expect(headersOf(0)?.authorization).toBe('Bearer rnl_key');
    expect(server.requests[0]?.url).toBe('/pipelines/p_1/sse?replay=5&channel=a&channel=b%26c');
  });

  it('asks for a credential anew before each connection when it is given a function', async () => {
    let count = 0;
    listen({ apiKey: async () => `ticket-${++count}` });
    await eventually('a connection', () => server.connections === 1);
    server.end();
    await requests(2);
    expect([headersOf(0)?.authorization, headersOf(1)?.authorization]).toEqual([
      'Bearer ticket-1',
      'Bearer ticket-2',
    ]);
  });

  it.each(['in order', 'broken'] as const)('resumes by cursor after a connection ends %s', async (how) => {
    server.publish(1);
    listen({ replay: 1 });
    await heard(1);
    server.end(how);
    server.publish(2);
    await heard(1, 2);
    expect(headersOf(1)?.['last-event-id']).toBe('e1-1');
    expect(server.requests[1]?.url).not.toContain('replay');
  });

  it('begins after the cursor that it is given', async () => {
    server.publish(1);
    server.publish(2);
    listen({ lastEventId: 'e1-1' });
    await heard(2);
  });

  it('puts a cursor that no header can hold in the query', async () => {
    listen({ lastEventId: 'ä' });
    await requests(1);
    expect(server.requests[0]?.url).toBe('/pipelines/p_1/sse?last_event_id=%C3%A4');
  });

  it('waits for a service that refuses connections, and resumes when it is back', async () => {
    server.publish(1);
    listen();
    await heard(1);
    const { port } = server;
    await server.stop();
    await eventually('a refused attempt', () =>
      states.some(({ state, ...rest }) => state === 'waiting' && JSON.stringify(rest).includes('refused')),
    );
    server.publish(2);
    await server.listen(port);
    await heard(1, 2);
  });

  it.each([503, 502, 500, 429, 408])('tries again after a %i', async (status) => {
    server.nextAnswers.push(refuse(status, 'whatever'), refuse(status, 'whatever'));
    server.publish(1);
    listen();
    await heard(1);
    expect(server.requests).toHaveLength(3);
  });

  it('waits at least as long as Retry-After asks', async () => {
    server.nextAnswers.push(refuse(503, 'unavailable', { 'retry-after': '7' }));
    listen();
    await eventually('a wait', () => states.at(-1)?.state === 'waiting');
    const waiting = states.at(-1) as Extract<SubscriptionState, { state: 'waiting' }>;
    expect(waiting.delayMs).toBeGreaterThanOrEqual(7_000);
    expect(waiting.error).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it.each([400, 401, 403, 404])('ends with the refusal after a %i at first', async (status) => {
    server.nextAnswers.push(refuse(status, 'a-code'));
    listen();
    expect(await ended).toBeInstanceOf(RunnelError);
    expect(await ended).toMatchObject({ status, code: 'a-code', detail: 'Because a-code.' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([401, 403, 404])('ends with the refusal after a %i when it comes back', async (status) => {
    listen();
    await eventually('a connection', () => server.connections === 1);
    server.nextAnswers.push(refuse(status, 'a-code'));
    server.end();
    expect(await ended).toMatchObject({ name: 'RunnelError', status });
  });

  it('ends when something else than Runnel answers at first, and waits when it does so later', async () => {
    const page = (_: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in</p>');
    };
    server.nextAnswers.push(page);
    listen();
    expect(await ended).toMatchObject({ code: 'unexpected-answer' });
    listen();
    await eventually('a connection', () => server.connections === 1);
    server.nextAnswers.push(page);
    server.end();
    server.publish(1);
    await heard(1);
  });

  it('reports a gap with the cursor that was lost, and goes on with what is kept', async () => {
    server.publish(1);
    listen();
    await heard(1);
    server.end();
    server.epoch = 'e2';
    server.kept.length = 0;
    server.publish(2);
    await heard(1, 2);
    expect(gaps).toEqual([{ requested: 'e1-1', oldest: 'e2-2', newest: 'e2-2' }]);
  });

  it('drops what it has delivered before', async () => {
    for (const n of [1, 2, 3]) server.publish(n);
    listen();
    await heard(1, 2, 3);
    server.kept.pop();
    server.end();
    server.publish(4);
    await heard(1, 2, 3, 4);
    expect(gaps).toHaveLength(1);
  });

  it('notices that a connection is silent', async () => {
    server.nextAnswers.push(
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    );
    server.publish(1);
    listen({ silenceMs: 50 });
    await heard(1);
    expect(states).toContainEqual(
      expect.objectContaining({ error: expect.objectContaining({ name: 'ConnectError' }) }),
    );
  });

  it('notices that a service accepts a connection and never answers', async () => {
    server.nextAnswers.push(() => {});
    server.publish(1);
    listen({ silenceMs: 50 });
    await heard(1);
  });

  it('ends with the reason when the stream is closed for good', async () => {
    listen();
    await eventually('a connection', () => server.connections === 1);
    server.nextAnswers.push(refuse(404, 'not-found'));
    server.send('id: e1-b1\nevent: runnel.closed\ndata: {"reason":"stream-deleted"}\n\n');
    expect(await ended).toBeInstanceOf(StreamClosedError);
    expect(await ended).toMatchObject({ reason: 'stream-deleted' });
    expect(events).toEqual([]);
  });

  it('goes on when the stream lets it in again after it was closed', async () => {
    server.publish(1);
    listen();
    await heard(1);
    server.send('id: e1-1\nevent: runnel.closed\ndata: {"reason":"credential-expired"}\n\n');
    await requests(2);
    server.publish(2);
    await heard(1, 2);
  });

  it('ends without an error when the signal is aborted, whether it is connected or waits', async () => {
    listen();
    await eventually('a connection', () => server.connections === 1);
    stop.abort();
    expect(await ended).toBeUndefined();
    await eventually('no connection', () => server.connections === 0);

    stop = new AbortController();
    server.nextAnswers.push(refuse(503, 'unavailable', { 'retry-after': '60' }));
    listen();
    await eventually('a wait', () => states.at(-1)?.state === 'waiting');
    stop.abort();
    expect(await ended).toBeUndefined();
  });

  it('ends with what onEvent throws, and leaves no connection behind', async () => {
    server.publish(1);
    listen({ onEvent: () => Promise.reject(new Error('full')) } as StreamOptions);
    expect(await ended).toEqual(new Error('full'));
    await eventually('no connection', () => server.connections === 0);
  });

  it('never quotes a key that cannot be sent', async () => {
    listen({ apiKey: 'rnl_secret\nx' });
    const error = (await ended) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error.message)).not.toContain('secret');
  });
});

describe('streamEvents', () => {
  it('gives events one by one, and ends the connection when the loop is left', async () => {
    for (const n of [1, 2, 3]) server.publish(n);
    const taken: unknown[] = [];
    for await (const { payload } of streamEvents(url)) {
      taken.push(payload);
      if (taken.length === 2) break;
    }
    expect(taken).toEqual([1, 2]);
    await eventually('no connection', () => server.connections === 0);
  });
});
