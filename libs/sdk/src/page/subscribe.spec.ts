import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { refuse, StreamStandIn } from '../fixtures/stream-stand-in.js';
import type { Gap, StreamEvent } from '../subscribe/stream-event.js';
import { type ClientOptions, type ClientState, type Subscription, subscribe } from './subscribe.js';

let server: StreamStandIn;
let url: string;
let subscription: Subscription;
let payloads: unknown[];
let gaps: Gap[];
let states: ClientState[];

beforeEach(async () => {
  server = await StreamStandIn.start();
  url = `http://127.0.0.1:${server.port}/pipelines/p_1/sse`;
  payloads = [];
  gaps = [];
  states = [];
});
afterEach(async () => {
  subscription.close();
  await subscription.closed;
  await server.stop();
});

function listen(options: ClientOptions = {}): void {
  subscription = subscribe(url, {
    maxRetryMs: 20,
    onEvent: ({ payload }) => payloads.push(payload),
    onGap: (gap) => gaps.push(gap),
    onState: (state) => states.push(state),
    ...options,
  });
}

const heard = (...values: unknown[]) =>
  eventually(JSON.stringify(values), () => JSON.stringify(payloads) === JSON.stringify(values));
const connected = () => eventually('a connection', () => server.connections === 1);
const credential = (request: number) => server.requests[request]?.headers.authorization;

describe('subscribe() of a page', () => {
  it('delivers, resumes and tells of gaps', async () => {
    server.publish(1, 'tick');
    listen({ channels: ['tick'] });
    await heard(1);
    server.end('broken');
    server.publish(2, 'tick');
    await heard(1, 2);
    server.end();
    server.epoch = 'e2';
    server.publish(3, 'tick');
    await eventually('a gap', () => gaps.length === 1);
    expect(gaps[0]?.requested).toBe('e1-2');
    expect(server.requests[1]?.url).toBe('/pipelines/p_1/sse?last_event_id=e1-1&channel=tick');
  });

  it('is an iterator, whose loop ends the connection when it is left', async () => {
    for (const n of [1, 2, 3]) server.publish(n);
    subscription = subscribe(url);
    const taken: StreamEvent[] = [];
    for await (const event of subscription) if (taken.push(event) === 2) break;
    expect(taken.map(({ payload }) => payload)).toEqual([1, 2]);
    await eventually('no connection', () => server.connections === 0);
    expect(await subscription.closed).toBeUndefined();
  });

  it('sends a key, or another ticket with each connection', async () => {
    listen({ key: 'rnl_id_secret' });
    await connected();
    expect(credential(0)).toBe('Bearer rnl_id_secret');
    subscription.close();
    await subscription.closed;
    await eventually('no connection', () => server.connections === 0);
    let count = 0;
    listen({ getTicket: () => `ticket-${++count}` });
    await connected();
    server.end();
    await eventually('a third request', () => server.requests.length === 3);
    expect([credential(1), credential(2)]).toEqual(['Bearer ticket-1', 'Bearer ticket-2']);
  });

  it('goes on after a 401 and after a ticket that could not be got, since the next one may do', async () => {
    server.publish(1);
    server.nextAnswers.push(refuse(401, 'bad-credential'));
    const tickets: (() => Promise<string>)[] = [
      () => Promise.reject(new Error('signed out')),
      () => Promise.reject(new TypeError('x')),
    ];
    listen({ getTicket: () => tickets.pop()?.() ?? 'ticket' });
    await heard(1);
    const errors = states.flatMap((now) => (now.state === 'waiting' ? [now.error] : []));
    expect(errors).toMatchObject([
      { name: 'ConnectError' },
      { code: 'no-credential', detail: 'Error: signed out' },
      { code: 'bad-credential', detail: 'Because bad-credential.' },
    ]);
  });

  it.each([
    ['another ticket is refused', true, 401],
    ['no other ticket is given', false, 401],
    ['the stream is gone', true, 404],
  ])('ends with the reason after runnel.closed when %s', async (_why, hasAnother, status) => {
    let signedIn = true;
    const getTicket = async (): Promise<string> => {
      if (!signedIn) throw new Error('signed out');
      return 'ticket';
    };
    listen({ getTicket });
    await connected();
    signedIn = hasAnother;
    server.nextAnswers.push(refuse(status, 'whatever'));
    server.send('id: e1-b1\nevent: runnel.closed\ndata: {"reason":"access-revoked"}\n\n');
    expect(await subscription.closed).toMatchObject({ name: 'StreamClosedError', reason: 'access-revoked' });
    expect(states.at(-1)).toMatchObject({ state: 'closed', error: { reason: 'access-revoked' } });
  });

  it('does not wait for ever for a ticket, and ends at once while it waits', async () => {
    server.publish(1);
    const tickets = [() => new Promise<string>(() => {})];
    listen({ silenceMs: 30, getTicket: () => tickets.pop()?.() ?? 'ticket' });
    await heard(1);
    expect(states.find(({ state }) => state === 'waiting')).toMatchObject({
      error: { name: 'ConnectError' },
    });
    subscription.close();
    listen({ getTicket: () => new Promise<string>(() => {}) });
    await eventually('the question', () => states.at(-1)?.state === 'connecting');
    subscription.close();
    expect(await subscription.closed).toBeUndefined();
  });

  it('is over when it is closed before anybody takes an event from it', async () => {
    subscription = subscribe(url);
    subscription.close();
    expect(await subscription.closed).toBeUndefined();
  });

  it('loses nothing to a server that dies in the middle of a frame, or of a letter', async () => {
    server.publish('first');
    listen();
    await heard('first');
    const frame = Buffer.from('id: e1-2\ndata: "\u00fc"\n\n');
    // Up to the first of the two bytes of its letter.
    server.sendBytes(frame.subarray(0, frame.indexOf(0xc3) + 1));
    server.end('broken');
    server.publish('\u00fc');
    await heard('first', '\u00fc');
    const whole = Buffer.from('id: e1-3\ndata: "\u{1f600}"\n\n');
    for (const byte of whole) server.sendBytes(Buffer.from([byte]));
    await heard('first', '\u00fc', '\u{1f600}');
    expect(gaps).toEqual([]);
  });

  it('goes on after runnel.closed when another ticket helps, or one has only expired', async () => {
    server.publish(1);
    listen({ getTicket: () => 'ticket' });
    await heard(1);
    server.send('event: runnel.closed\ndata: {"reason":"access-revoked"}\n\n');
    await eventually('another request', () => server.requests.length === 2);
    await connected();
    server.nextAnswers.push(refuse(401, 'bad-credential'));
    server.send('event: runnel.closed\ndata: {"reason":"credential-expired"}\n\n');
    await eventually('the fourth request', () => server.requests.length === 4);
    server.publish(2);
    await heard(1, 2);
  });

  it('ends with a refusal that no ticket mends', async () => {
    server.nextAnswers.push(refuse(404, 'not-found'));
    listen();
    expect(await subscription.closed).toMatchObject({ name: 'RunnelError', status: 404, code: 'not-found' });
  });

  it('delivers nothing more once it is closed', async () => {
    for (const n of [1, 2, 3]) server.publish(n);
    listen({
      onEvent: ({ payload }) => {
        payloads.push(payload);
        subscription.close();
      },
    });
    expect(await subscription.closed).toBeUndefined();
    expect(payloads).toEqual([1]);
  });

  it('ends with the signal that it is given', async () => {
    const stop = new AbortController();
    listen({ signal: stop.signal });
    await connected();
    stop.abort();
    expect(await subscription.closed).toBeUndefined();
  });
});
