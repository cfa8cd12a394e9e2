import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newStreamId, type StreamRef } from '#libs/contracts';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, RawNatsClient } from '#libs/testing';
import { EventLog } from './event-log.js';
import type { StoredEvent } from './stored-event.js';
import { eventSubject } from './subjects.js';

/** Headers that JetStream stores and the NATS client throws at, or takes for a status of the server's. */
const BAD_HEADERS = {
  'a line end in a value': 'NATS/1.0\r\nRunnel-Channel: a\nevent: forged\r\n\r\n',
  'a carriage return in a value': 'NATS/1.0\r\nRunnel-Channel: a\rb\r\nNats-Sequence: 7\r\n\r\n',
};

let nats: NatsServer;
let log: EventLog;
let raw: RawNatsClient;

beforeAll(async () => {
  nats = await startNatsServer();
  log = new EventLog({ url: nats.url, name: 'spec' });
  await log.provision({ shards: 1, replicas: 1 });
  await eventually('the log can be written', () => log.tryWrite().then(() => true));
  raw = await RawNatsClient.open(nats);
});
afterAll(async () => {
  raw?.close();
  await log?.close();
  await nats?.stop();
});

const newRef = (): StreamRef => ({ workspace: 'default', stream: newStreamId('workflow') });
const append = (ref: StreamRef, value: number) =>
  log.append(ref, [{ channel: 'c', payload: Buffer.from(String(value)) }]);
const valueIn = ({ payload }: StoredEvent) => Number(Buffer.from(payload).toString());

/** Stores a good event, a bad one, and another good one. */
async function store(ref: StreamRef, head: string): Promise<void> {
  await append(ref, 1);
  raw.publish(eventSubject(0, ref), head, '2');
  await eventually('the bad event is stored', async () => (await log.count(ref)) === 2);
  await append(ref, 3);
}

describe.each(Object.entries(BAD_HEADERS))('an event with %s', (_what, head) => {
  it('keeps its place in history, and says that it cannot be read', async () => {
    const ref = newRef();
    await store(ref, head);
    const events = await log.newest(ref, 100);
    expect(events.map(valueIn)).toEqual([1, 2, 3]);
    expect(events.map(({ unreadable }) => unreadable)).toEqual([undefined, true, undefined]);
    expect(events[1]).toMatchObject({ channel: undefined, fingerprint: undefined });
    expect(events.map(({ seq }) => seq)).toEqual([...events.map(({ seq }) => seq)].sort((a, b) => a - b));
    expect(Math.abs((events[1]?.ts ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('is passed on live in its turn, without a hole or a new beginning', async () => {
    const ref = newRef();
    const seen: StoredEvent[] = [];
    let windows = 0;
    const follower = log.follow(ref, {
      onWindow: () => (windows += 1),
      onEvent: (event) => seen.push(event),
    });
    await eventually('the follower has begun', () => windows === 1);
    await store(ref, head);
    await append(ref, 4);
    await eventually('the last has come', () => seen.some((event) => valueIn(event) === 4));
    await follower.checkTail();
    expect(seen.map(valueIn)).toEqual([1, 2, 3, 4]);
    expect(seen.map(({ unreadable }) => unreadable === true)).toEqual([false, true, false, false]);
    expect(windows).toBe(1);
    log.unfollow(follower);
  });
});

it('an event whose headers look like the end of a batch ends none', async () => {
  const ref = newRef();
  await store(ref, 'NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\nRunnel-Channel: c\r\n\r\n');
  expect((await log.newest(ref, 100)).map(valueIn)).toEqual([1, 2, 3]);
});
