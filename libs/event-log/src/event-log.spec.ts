import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { newStreamId, Problem, parseCursor, type StreamRef } from '#libs/contracts';
import type { NatsServer } from '#libs/nats-server';
import { eventually, freeze } from '#libs/testing';
import type { NewEvent } from './appender.js';
import type { EventLog } from './event-log.js';
import { SpecLogs } from './fixtures/spec-logs.js';
import type { LogWindow } from './follower.js';
import type { StoredEvent } from './stored-event.js';
import { shardOf } from './subjects.js';

const SHARDS = { shards: 4, replicas: 1 };
let logs: SpecLogs;
let nats: NatsServer;

beforeAll(async () => {
  logs = await SpecLogs.start(SHARDS);
  nats = logs.server;
});
afterEach(() => logs.closeAll());
afterAll(() => nats?.stop());

const newLog = () => logs.next();
const readyLog = () => logs.ready();

function newRef(): StreamRef {
  return { workspace: 'default', stream: newStreamId('workflow') };
}

/** Two streams that one shard keeps. */
function neighbours(): [StreamRef, StreamRef] {
  const ref = newRef();
  for (;;) {
    const other = newRef();
    if (shardOf(other, SHARDS.shards) === shardOf(ref, SHARDS.shards)) return [ref, other];
  }
}

function event(value: unknown, dedupe?: NewEvent['dedupe']): NewEvent {
  return { channel: 'c', payload: Buffer.from(JSON.stringify(value)), ...(dedupe && { dedupe }) };
}

const valueIn = ({ payload }: StoredEvent): unknown => JSON.parse(Buffer.from(payload).toString());
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('EventLog', () => {
  it('stores events in order and reads the newest of them back', async () => {
    const log = await readyLog();
    const ref = newRef();
    const stored = await log.append(
      ref,
      range(0, 150).map((n) => event(n)),
    );
    expect(stored.every(({ duplicate }) => !duplicate)).toBe(true);
    const events = await log.newest(ref, 100);
    expect(events.map(valueIn)).toEqual(range(50, 150));
    expect(events.at(-1)?.seq).toBe(parseCursor(stored.at(-1)?.id ?? '')?.seq);
    expect(await log.count(ref)).toBe(100);
  });

  it('reads little more than the newest of a full history, and all of them', async () => {
    const log = await readyLog();
    const ref = newRef();
    await log.append(
      ref,
      range(0, 450).map((n) => event(n)),
    );
    const tap = await connect({ servers: nats.url });
    let read = 0;
    tap.subscribe('_INBOX.>', {
      callback: (_error, { headers }) => {
        if (headers?.has('Nats-Sequence')) read += 1;
      },
    });
    await tap.flush();
    expect((await log.newest(ref, 100)).map(valueIn)).toEqual(range(350, 450));
    await tap.flush();
    await tap.close();
    expect(read).toBeGreaterThanOrEqual(100);
    expect(read).toBeLessThan(250);
  });

  it('reads the newest of a stream that goes on more slowly than it began, or faster', async () => {
    const log = await readyLog();
    const [slower, faster] = neighbours();
    const append = (ref: StreamRef, from: number, end: number) =>
      log.append(
        ref,
        range(from, end).map((n) => event(n)),
      );
    // Three events of the one for each of the other, and then the other way around.
    for (const n of range(0, 100)) {
      await append(slower, 3 * n, 3 * n + 3);
      await append(faster, n, n + 1);
    }
    for (const n of range(0, 100)) {
      await append(slower, 300 + n, 301 + n);
      await append(faster, 100 + 3 * n, 103 + 3 * n);
    }
    for (const ref of [slower, faster]) {
      expect((await log.newest(ref, 100)).map(valueIn)).toEqual(range(300, 400));
      expect((await log.newest(ref, 250)).map(valueIn)).toEqual(range(150, 400));
    }
  });

  it('reads nothing from a stream without events', async () => {
    const log = await readyLog();
    expect(await log.newest(newRef(), 100)).toEqual([]);
  });

  it('counts the events of many streams with a request a shard at the most', async () => {
    const log = await readyLog();
    const [refs, others] = [range(0, 40).map(() => newRef()), range(0, 2).map(() => newRef())];
    const foreign = refs.map((ref) => ({ ...ref, workspace: 'other' }));
    await Promise.all(
      [...refs.slice(1), ...foreign, ...others].map((ref, n) =>
        log.append(
          ref,
          range(0, 1 + (n % 3)).map((value) => event(value)),
        ),
      ),
    );
    const tap = await connect({ servers: nats.url });
    const asked: string[] = [];
    tap.subscribe('$JS.API.STREAM.INFO.>', {
      callback: (_error, { data }) => {
        if (Buffer.from(data).includes('subjects_filter')) asked.push(Buffer.from(data).toString());
      },
    });
    await tap.flush();
    expect(await log.kept.counts(refs)).toEqual(refs.map((_ref, n) => (n === 0 ? 0 : 1 + ((n - 1) % 3))));
    await tap.close();
    expect(asked.length).toBeLessThanOrEqual(SHARDS.shards);
    expect(await log.kept.counts([])).toEqual([]);
  });

  it('stores once for the same key, and answers the first id as a duplicate', async () => {
    const log = await readyLog();
    const ref = newRef();
    const dedupe = { key: 'k', fingerprint: 'f' };
    const [first] = await log.append(ref, [event(1, dedupe)]);
    const [second] = await log.append(ref, [event(1, dedupe)]);
    expect(second).toEqual({ id: first?.id, duplicate: true });
    expect(await log.count(ref)).toBe(1);
    const [elsewhere] = await log.append(newRef(), [event(1, dedupe)]);
    expect(elsewhere?.duplicate).toBe(false);
  });

  it('refuses a key that was used with another body, before the rest of the batch is stored', async () => {
    const log = await readyLog();
    const ref = newRef();
    await log.append(ref, [event(1, { key: 'k', fingerprint: 'one' })]);
    const batch = [event(1, { key: 'k', fingerprint: 'two' }), event(2), event(3)];
    await expect(log.append(ref, batch, { first: 'alone' })).rejects.toMatchObject({
      code: 'idempotency-key-reused',
      errors: [{ index: 0 }],
    });
    expect(await log.count(ref)).toBe(1);
  });

  it('still knows the body of a key when its event has been pushed out of history', async () => {
    const log = await readyLog();
    const ref = newRef();
    await log.append(ref, [event(1, { key: 'k', fingerprint: 'one' })]);
    await log.append(
      ref,
      range(0, 401).map((n) => event(n)),
    );
    await expect(log.append(ref, [event(2, { key: 'k', fingerprint: 'two' })])).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect((await log.append(ref, [event(1, { key: 'k', fingerprint: 'one' })]))[0]?.duplicate).toBe(true);
  });

  it('keeps to the number of shards that the system was set up with', async () => {
    const log = newLog();
    await log.provision({ shards: 9, replicas: 1 });
    const connection = await connect({ servers: nats.url });
    const names = await (await jetstreamManager(connection)).streams.names().next();
    expect(names).toHaveLength(SHARDS.shards);
    await connection.close();
  });

  it('refuses what is larger than the server takes', async () => {
    const log = await readyLog();
    const payload = Buffer.alloc(4 * 1024 * 1024, 0x31);
    await expect(log.append(newRef(), [{ payload }])).rejects.toMatchObject({ code: 'too-large' });
  });

  it('fails at once when the connection is lost, and a retry with the same key stores once', async () => {
    const log = await readyLog();
    const ref = newRef();
    const dedupe = { key: 'retry', fingerprint: 'f' };
    await freeze(nats.pid);
    const before = performance.now();
    const pending = log.append(ref, [event(1, dedupe)]);
    const outcome = pending.catch((error: unknown) => error);
    setTimeout(() => {
      nats.kill('SIGKILL');
    }, 50);
    expect(await outcome).toBeInstanceOf(Problem);
    expect(['outcome-unknown', 'unavailable']).toContain(((await outcome) as Problem).code);
    expect(performance.now() - before).toBeLessThan(3_000);
    await nats.restart();
    await eventually('the retry is stored', () => log.append(ref, [event(1, dedupe)]));
    expect(await log.count(ref)).toBe(1);
  });
});

/** What a subscriber would have seen: windows and events, as one list of values. */
function follow(log: EventLog, ref: StreamRef) {
  const seen = { windows: [] as LogWindow[], values: [] as unknown[] };
  log.follow(ref, {
    onWindow: (window) => {
      seen.windows.push(window);
      seen.values.push(...window.events.map(valueIn));
    },
    onEvent: (stored) => seen.values.push(valueIn(stored)),
  });
  return seen;
}

describe('Follower', () => {
  it('begins with the newest 100 and goes on live', async () => {
    const log = await readyLog();
    const ref = newRef();
    await log.append(
      ref,
      range(0, 120).map((n) => event(n)),
    );
    const seen = follow(log, ref);
    await eventually('the window is there', () => seen.windows.length === 1);
    await log.append(
      ref,
      range(120, 130).map((n) => event(n)),
    );
    await eventually('the live events are there', () => seen.values.length === 110);
    expect(seen.values).toEqual(range(20, 130));
  });

  it('shows each follower one contiguous run when it joins in the middle of a flood', async () => {
    const log = await readyLog();
    const ref = newRef();
    const followers: ReturnType<typeof follow>[] = [];
    const total = 1_500;
    for (let sent = 0; sent < total; sent += 100) {
      followers.push(follow(log, ref));
      await log.append(
        ref,
        range(sent, sent + 100).map((n) => event(n)),
      );
    }
    await eventually('all have the last', () => followers.every(({ values }) => values.at(-1) === total - 1));
    for (const { values, windows } of followers) {
      expect(windows).toHaveLength(1);
      expect(values).toEqual(range(values[0] as number, total));
    }
  });

  it('goes on without loss or repeat when NATS is killed and comes back', async () => {
    const log = await readyLog();
    const ref = newRef();
    const seen = follow(log, ref);
    await log.append(
      ref,
      range(0, 10).map((n) => event(n)),
    );
    nats.kill('SIGKILL');
    await nats.restart();
    const writer = await readyLog();
    await writer.append(
      ref,
      range(10, 20).map((n) => event(n)),
    );
    await eventually('everything is there', () => seen.values.length === 20);
    expect(seen.values).toEqual(range(0, 20));
    expect(seen.windows).toHaveLength(1);
  });

  it('begins anew, with another epoch, when the log was deleted and made again', async () => {
    const log = await readyLog();
    const ref = newRef();
    const seen = follow(log, ref);
    await log.append(
      ref,
      range(0, 10).map((n) => event(n)),
    );
    await eventually('the events are there', () => seen.values.length === 10);
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    for (const shard of range(0, SHARDS.shards)) await manager.streams.delete(`EVENTS_${shard}`);
    await connection.close();
    const again = newLog();
    await again.provision(SHARDS);
    const writer = await readyLog();
    await writer.append(ref, [event('new')]);
    await eventually('the new window is there', () => seen.windows.length === 2);
    expect(seen.windows[1]?.epoch).not.toBe(seen.windows[0]?.epoch);
    expect(seen.values.at(-1)).toBe('new');
  });

  it('is not taken in by a new log whose sequences go on beyond the old ones', async () => {
    const log = await readyLog();
    // Both in the same shard, so that one can push the other's sequences on.
    const [ref, neighbour] = neighbours();
    const seen = follow(log, ref);
    await log.append(
      ref,
      range(0, 3).map((n) => event(n)),
    );
    await eventually('the events are there', () => seen.values.length === 3);
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    for (const shard of range(0, SHARDS.shards)) await manager.streams.delete(`EVENTS_${shard}`);
    await connection.close();
    expect(await log.isComplete(SHARDS.shards)).toBe(false);
    await log.provision(SHARDS);
    expect(await log.isComplete(SHARDS.shards)).toBe(true);
    await log.append(
      neighbour,
      range(0, 10).map((n) => event(n)),
    );
    const [stored] = await log.append(ref, [event('new')]);
    await eventually('the new window is there', () => seen.windows.length === 2);
    expect(seen.values.at(-1)).toBe('new');
    // Whoever published learns the id that subscribers see.
    expect(parseCursor(stored?.id ?? '')?.epoch).toBe(seen.windows[1]?.epoch);
  });
});
