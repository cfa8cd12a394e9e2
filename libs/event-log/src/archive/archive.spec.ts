import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type HistoryLimits, type KeptStream, newStreamId, parseCursor } from '#libs/contracts';
import type { NatsServer } from '#libs/nats-server';
import { eventually } from '#libs/testing';
import type { NewEvent } from '../appender.js';
import type { EventLog } from '../event-log.js';
import { SpecLogs } from '../fixtures/spec-logs.js';
import type { EventPlace } from '../kept-history.js';
import type { StoredEvent } from '../stored-event.js';

const LONG: HistoryLimits = { maxEvents: 3_000, maxAgeS: null };

let logs: SpecLogs;
let nats: NatsServer;

beforeAll(async () => {
  logs = await SpecLogs.start({ shards: 2, replicas: 1 });
  nats = logs.server;
});
afterEach(() => logs.closeAll());
afterAll(() => nats?.stop());

const readyLog = () => logs.ready();

/** A stream with a longer history than its shard keeps. */
async function longStream(log: EventLog, history = LONG): Promise<KeptStream & { history: HistoryLimits }> {
  const stream = { workspace: 'default', stream: newStreamId('workflow'), history };
  await log.keeper.prepare(stream);
  return stream;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const event = (value: unknown, channel = 'c'): NewEvent => ({
  channel,
  payload: Buffer.from(JSON.stringify(value)),
});
const valueIn = ({ payload }: StoredEvent): unknown => JSON.parse(Buffer.from(payload).toString());
const seqIn = (id: string | undefined) => parseCursor(id ?? '')?.seq ?? Number.NaN;

/** Appends numbers and returns the sequences under which they were stored. */
async function append(log: EventLog, stream: KeptStream, from: number, to: number): Promise<number[]> {
  const stored = await log.append(
    stream,
    range(from, to).map((n) => event(n)),
  );
  return stored.map(({ id }) => seqIn(id));
}

/** All that is kept, page by page, oldest first. */
async function everything(log: EventLog, stream: KeptStream): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events } = await log.kept.page(stream, { limit: 100, afterSeq: all.at(-1)?.seq ?? 0 });
    all.push(...events);
    if (events.length === 0) return all;
  }
}

const values = async (log: EventLog, stream: KeptStream) => (await everything(log, stream)).map(valueIn);

async function manage<T>(
  work: (streams: Awaited<ReturnType<typeof jetstreamManager>>['streams']) => Promise<T>,
) {
  const connection = await connect({ servers: nats.url });
  try {
    return await work((await jetstreamManager(connection)).streams);
  } finally {
    await connection.close();
  }
}

describe('a longer history', () => {
  it('keeps every event of a flood in batches, with its sequence and time, and pushes out the oldest', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const seqs: number[] = [];
    for (const from of range(0, 4))
      seqs.push(...(await append(log, stream, from * 1_000, (from + 1) * 1_000)));
    const kept = await everything(log, stream);
    expect(kept.map(valueIn)).toEqual(range(1_000, 4_000));
    expect(kept.map(({ seq }) => seq)).toEqual(seqs.slice(1_000));
    const recent = await log.newest(stream, 100);
    expect(kept.slice(-100).map(({ ts }) => ts)).toEqual(recent.map(({ ts }) => ts));
    expect(await log.count(stream)).toBe(3_000);
  });

  it('misses nothing when several processes publish at the same time', async () => {
    const logs = [await readyLog(), await readyLog(), await readyLog()];
    const stream = await longStream(logs[0] as EventLog);
    const seqs = await Promise.all(logs.map((log, n) => append(log, stream, n * 700, (n + 1) * 700)));
    const kept = await everything(logs[1] as EventLog, stream);
    expect(kept.map(({ seq }) => seq)).toEqual(seqs.flat().sort((a, b) => a - b));
    expect(new Set(kept.map(valueIn)).size).toBe(2_100);
    for (const n of [0, 1, 2]) {
      const mine = kept.map(valueIn).filter((value) => Math.floor((value as number) / 700) === n);
      expect(mine).toEqual(range(n * 700, (n + 1) * 700));
    }
  });

  it('begins with what the shard has, also while events keep coming', async () => {
    const log = await readyLog();
    const stream = { workspace: 'default', stream: newStreamId('workflow'), history: LONG };
    await append(log, { ...stream, history: undefined }, 0, 1_000);
    const [, kept] = await Promise.all([append(log, stream, 1_000, 2_500), log.keeper.prepare(stream)]);
    expect(kept).toBeUndefined();
    await append(log, stream, 2_500, 3_000);
    const all = (await values(log, stream)) as number[];
    expect(all).toEqual(range(all[0] as number, 3_000));
    expect(all.length).toBeGreaterThanOrEqual(500);
  });

  it('is turned over page by page, forwards and backwards', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const seqs = await append(log, stream, 0, 1_000);
    await append(log, { ...stream, stream: newStreamId('workflow'), history: undefined }, 0, 300);
    seqs.push(...(await append(log, stream, 1_000, 2_000)));
    const page = async (query: { limit: number; beforeSeq?: number; afterSeq?: number }) => {
      const { events, total } = await log.kept.page(stream, query);
      expect(total).toBe(2_000);
      return events.map(valueIn);
    };
    const seq = (n: number) => seqs[n] as number;
    expect(await page({ limit: 5 })).toEqual(range(1_995, 2_000));
    expect(await page({ limit: 3, beforeSeq: seq(1_500) })).toEqual(range(1_497, 1_500));
    expect(await page({ limit: 100, beforeSeq: seq(1_005) })).toEqual(range(905, 1_005));
    expect(await page({ limit: 10, beforeSeq: seq(4) })).toEqual(range(0, 4));
    expect(await page({ limit: 10, beforeSeq: seq(0) })).toEqual([]);
    expect(await page({ limit: 3, afterSeq: seq(998) })).toEqual([999, 1_000, 1_001]);
    expect(await page({ limit: 100, afterSeq: seq(1_998) })).toEqual([1_999]);
    expect(await page({ limit: 100, afterSeq: seq(1_999) })).toEqual([]);
  });

  it('shows one channel of it, and how much there is of that', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    await log.append(
      stream,
      range(0, 900).map((n) => event(n, n % 300 === 7 ? 'rare' : 'usual')),
    );
    const { events, total } = await log.kept.page(stream, { limit: 2, channel: 'rare' });
    expect([events.map(valueIn), total]).toEqual([[307, 607], 3]);
    const older = await log.kept.page(stream, { limit: 2, channel: 'rare', beforeSeq: events[0]?.seq });
    expect(older.events.map(valueIn)).toEqual([7]);
    expect(await log.kept.page(stream, { limit: 2, channel: 'none' })).toEqual({ events: [], total: 0 });
    expect((await manage((streams) => streams.info(`ARCHIVE_${stream.stream}`))).state.consumer_count).toBe(
      0,
    );
  });

  it('has every acked event when the server is killed in a flood, and goes on', async () => {
    const log = await readyLog();
    const stream = await longStream(log, { ...LONG, maxEvents: 5_000 });
    const acked: number[] = [];
    const flood = async () => {
      for (const n of range(0, 30)) {
        const seqs = await append(log, stream, n * 100, (n + 1) * 100).catch(() => []);
        acked.push(...seqs);
        if (n === 8) nats.kill('SIGKILL');
      }
    };
    const flooding = flood();
    await nats.exited;
    await nats.restart();
    await flooding;
    await eventually('the log can be written', () => log.tryWrite().then(() => true));
    await append(log, stream, 9_000, 9_100);
    const kept = await eventually('it is read', () => everything(log, stream));
    expect(kept.map(({ seq }) => seq)).toEqual(expect.arrayContaining(acked));
    const seqs = kept.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });

  it('begins anew, rather than with a hole, after a process that knew nothing of it has flooded the stream', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    await append(log, stream, 0, 500);
    await log.count(stream);
    await append(await readyLog(), { ...stream, history: undefined }, 500, 1_500);
    await append(log, stream, 1_500, 1_600);
    const kept = (await values(log, stream)) as number[];
    expect(kept).toEqual(range(kept[0] as number, 1_600));
    expect(kept[0]).toBeGreaterThan(500);
  });
});

describe('what is deleted', () => {
  it('is gone from all of the history, from its beginning, its middle or its end, and does not come back', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const seqs = await append(log, stream, 0, 1_000);
    const remove = (from: number, to: number) =>
      log.keeper.delete(stream, seqs[from] as number, seqs[to] as number);
    await remove(0, 99);
    await remove(300, 349);
    await remove(950, 999);
    expect(await values(log, stream)).toEqual([...range(100, 300), ...range(350, 950)]);
    expect(await log.count(stream)).toBe(800);
    const { events } = await log.kept.page(stream, { limit: 20, beforeSeq: seqs[360] as number });
    expect(events.map(valueIn)).toEqual([...range(290, 300), ...range(350, 360)]);
    const other = await readyLog();
    await append(other, stream, 1_000, 1_010);
    expect((await values(other, stream)).slice(-12)).toEqual([948, 949, ...range(1_000, 1_010)]);
  });

  it('may be everything, after which the next events are the first', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    await append(log, stream, 0, 600);
    await log.keeper.delete(stream, 1, Number.MAX_SAFE_INTEGER);
    expect(await log.kept.page(stream, { limit: 10 })).toEqual({ events: [], total: 0 });
    await append(log, stream, 600, 610);
    expect(await values(await readyLog(), stream)).toEqual(range(600, 610));
  });

  it('leaves nothing behind with the stream', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    await append(log, stream, 0, 10);
    await log.keeper.purge(stream);
    expect(await log.keeper.archived()).not.toContain(stream.stream);
    await append(await readyLog(), stream, 10, 20);
    expect(await log.keeper.archived()).not.toContain(stream.stream);
  });
});

describe('other limits', () => {
  it('are in force for what is there: lowered and raised, what has left does not come back', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    await append(log, stream, 0, 1_500);
    const change = async (from: KeptStream, history: HistoryLimits) => {
      const to = { ...stream, history };
      await log.keeper.prepare(to);
      await log.keeper.limit(to, from.history ?? LONG);
      return to;
    };
    const lower = await change(stream, { ...LONG, maxEvents: 500 });
    expect(await values(log, lower)).toEqual(range(1_000, 1_500));
    const low = await change(lower, { ...LONG, maxEvents: 20 });
    expect(await values(log, low)).toEqual(range(1_480, 1_500));
    expect(await log.keeper.archived()).not.toContain(stream.stream);
    const high = await change(low, LONG);
    await append(log, high, 1_500, 3_000);
    expect(await values(log, high)).toEqual(range(1_480, 3_000));
    expect(await log.count(high)).toBe(1_520);
  });

  it('of age hide events at once, and have them deleted', async () => {
    const log = await readyLog();
    for (const maxEvents of [100, 1_000]) {
      const stream = await longStream(log, { maxEvents, maxAgeS: null });
      await append(log, stream, 0, 50);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await append(log, stream, 50, 60);
      const aged = { ...stream, history: { maxEvents, maxAgeS: 1 } };
      expect((await values(log, aged))[0]).toBeGreaterThanOrEqual(50);
      expect(await log.count(aged)).toBeLessThanOrEqual(10);
      await log.keeper.limit(aged, stream.history);
      const all = { ...stream, history: LONG };
      expect(((await values(log, stream))[0] as number) ?? 50).toBeGreaterThanOrEqual(50);
      await eventually('all have left', async () => (await log.count(aged)) === 0);
      await log.keeper.enforce(aged);
      expect(await log.newest(stream, 100)).toEqual([]);
      await log.keeper.limit(all, aged.history);
      expect(await values(log, all)).toEqual([]);
      await append(log, all, 60, 70);
      expect(await values(log, all)).toEqual(range(60, 70));
    }
  });

  it('tell which workspace has how many longer histories', async () => {
    const log = await readyLog();
    const mine = await longStream(log);
    const theirs = { ...mine, workspace: 'ws_other', stream: newStreamId('source') };
    await log.keeper.prepare(theirs);
    expect(await log.keeper.archived('ws_other')).toEqual([theirs.stream]);
    expect(await log.keeper.archived()).toEqual(expect.arrayContaining([mine.stream, theirs.stream]));
    await log.keeper.unarchive(theirs);
    expect(await log.keeper.archived('ws_other')).toEqual([]);
  });
});

describe('reading onward', () => {
  /** Reads from a place until nothing follows. */
  async function readOn(log: EventLog, stream: KeptStream, after: EventPlace) {
    const runs: unknown[][] = [];
    for (let place = after; ; ) {
      const { events, whole } = await log.kept.onward(stream, place);
      if (!whole) return { runs, whole };
      const last = events.at(-1);
      if (last === undefined) return { runs, whole };
      runs.push(events.map(valueIn));
      place = last;
    }
  }

  it.each([
    ['in a shard', 350],
    ['in an archive', 3_000],
  ])(
    'gives everything after a place %s, in runs of 100, or says that it cannot',
    async (_where, maxEvents) => {
      const log = await readyLog();
      const stream = await longStream(log, { maxEvents, maxAgeS: null });
      const seqs = await append(log, stream, 0, 340);
      const { runs, whole } = await readOn(log, stream, { seq: seqs[9] as number });
      expect(whole).toBe(true);
      expect(runs.map(({ length }) => length).every((length) => length <= 100)).toBe(true);
      expect(runs.flat()).toEqual(range(10, 340));
      await append(log, stream, 340, maxEvents + 20);
      await log.count(stream);
      expect((await log.kept.onward(stream, { seq: seqs[19] as number })).whole).toBe(false);
      expect((await readOn(log, stream, { seq: seqs[20] as number })).runs.flat()).toEqual(
        range(21, maxEvents + 20),
      );
      expect(await log.kept.oldest(stream)).toBe(seqs[20]);
      // An event that was deleted: nothing after it is missing.
      await log.keeper.delete(stream, seqs[50] as number, seqs[60] as number);
      const deleted = await readOn(log, stream, { seq: seqs[55] as number });
      expect([deleted.whole, deleted.runs[0]?.[0]]).toEqual([true, 61]);
    },
  );

  it('never reads more than 1 MiB at once, unless an event is larger', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const big = 'x'.repeat(400 * 1024);
    const [first] = await append(log, stream, 0, 1);
    await log.append(stream, [event(big), event(big), event(big), event(big)]);
    const { events, whole } = await log.kept.onward(stream, { seq: first as number });
    expect(whole).toBe(true);
    expect(events.length).toBeLessThanOrEqual(3);
  });

  it('sees events that are not in the archive yet', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const [first] = await append(log, stream, 0, 450);
    await log.count(stream);
    await append(log, { ...stream, history: undefined, workspace: 'default' }, 450, 460);
    const { runs, whole } = await readOn(await readyLog(), stream, { seq: first as number });
    expect(whole).toBe(true);
    expect(runs.flat()).toEqual(range(1, 460));
  });

  it('does not pass over what has left by its age', async () => {
    const log = await readyLog();
    const stream = await longStream(log);
    const [first] = await append(log, stream, 0, 3);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const [last] = await append(log, stream, 3, 4);
    const aged = { ...stream, history: { ...LONG, maxAgeS: 1 } };
    expect((await log.kept.onward(aged, { seq: first as number })).whole).toBe(false);
    expect(await log.kept.oldest({ ...stream, history: { ...LONG, maxAgeS: 60 } })).toBe(first);
    expect([last, undefined]).toContain(await log.kept.oldest(aged));
  });
});
