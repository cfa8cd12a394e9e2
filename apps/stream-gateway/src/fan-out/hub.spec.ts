import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Counter, Registry } from 'prom-client';
import { newStreamId, Problem } from '#libs/contracts';
import type { EventLog, FollowHandlers, Run, StoredEvent } from '#libs/event-log';
import { type ClientOutlet, type Framing, HeartbeatWheel } from '#libs/sse';
import { eventually } from '#libs/testing';
import { fanOutMetrics } from './fan-out-metrics.js';
import { Hub, type JoinOptions } from './hub.js';

const EPOCH = 'e0e0e0e0e0e0';
const ref = { workspace: 'default', stream: newStreamId('workflow') };

/** A client that keeps what it is sent, without chunk framing. */
class Client implements ClientOutlet {
  text = '';
  waiting = 0;
  destroyed = false;
  ended = 0;
  constructor(readonly framing: Framing = 'plain') {}
  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString();
    return this.waiting === 0;
  }
  onDrain(): void {}
  end(): void {}
  destroy(): void {
    this.destroyed = true;
  }
  get data(): unknown[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json as string));
  }
}

const hubs: Hub[] = [];
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});

/** A hub whose log is played by the test: what a follower says, and nothing else. */
function newHub(kept?: Partial<EventLog['kept']>) {
  let handlers: FollowHandlers | undefined;
  const eventLog = {
    follow: (_ref: unknown, given: FollowHandlers) => {
      handlers = given;
      return {};
    },
    unfollow: () => {},
    kept,
  } as unknown as EventLog;
  const registry = new Registry();
  const metrics = fanOutMetrics(registry, { connections: () => 0, hubs: () => 0 });
  const onResize = jest.fn<(size: number) => void>();
  const onTrouble = jest.fn<(error: unknown) => void>();
  const hub = new Hub(
    ref,
    'workflow',
    { eventLog, wheel: new HeartbeatWheel(15_000), metrics, maxWaitingBytes: 1_000, onTrouble },
    onResize,
  );
  hubs.push(hub);
  const join = (options: Partial<JoinOptions> = {}) => {
    const client = new Client();
    const onEnd = () => {
      client.ended += 1;
    };
    const session = hub.join({ outlet: client, endsAtMs: Number.POSITIVE_INFINITY, onEnd, ...options });
    return { client, session };
  };
  const play = handlers as unknown as FollowHandlers;
  return { hub, join, play, metrics, onResize, onTrouble };
}

function event(seq: number, channel: string | undefined = 'c', payload: string = String(seq)): StoredEvent {
  return { seq, ts: 0, channel, fingerprint: undefined, payload: Buffer.from(payload) };
}

async function countsOf(counter: Counter<'cause'>) {
  const { values } = await counter.get();
  return values.map(({ labels, value }) => [labels.cause, value]);
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('Hub', () => {
  it('lets the first wait for history, and starts the next from what it has', async () => {
    const { join, play } = newHub();
    const first = join().client;
    expect(first.text).toBe('');
    play.onWindow({ epoch: EPOCH, events: [event(1), event(2)] });
    const second = join().client;
    play.onEvent(event(3));
    await turn();
    expect(first.data).toEqual([1, 2, 3]);
    expect(second.data).toEqual([1, 2, 3]);
  });

  it('gives sessions with a filter a lane of their own, with the same order', async () => {
    const { join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1, 'a'), event(2, 'b'), event(3, 'a')] });
    const all = join().client;
    const some = join({ channels: new Set(['a']) }).client;
    play.onEvent(event(4, 'b'));
    play.onEvent(event(5, 'a'));
    await turn();
    expect(all.data).toEqual([1, 2, 3, 4, 5]);
    expect(some.data).toEqual([1, 3, 5]);
  });

  it('serves chunks and plain bytes beside each other', async () => {
    const { join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1)] });
    const chunked = new Client('chunked');
    join({ outlet: chunked });
    const plain = join().client;
    await turn();
    expect(plain.text).toBe(`id: ${EPOCH}-1\nevent: c\ndata: 1\n\n`);
    expect(chunked.text).toBe(`${plain.text.length.toString(16)}\r\n${plain.text}\r\n`);
  });

  it.each([
    ['headers that cannot be read', { ...event(2), unreadable: true as const }],
    ['no JSON', event(2, 'c', '{oops')],
    ['no channel', { ...event(2), channel: undefined }],
    ['a reserved channel', event(2, 'error')],
    ['a channel with a line end', event(2, 'a\nevent: b')],
    ['a payload over the limit', event(2, 'c', `"${'x'.repeat(512 * 1024)}"`)],
    ['bytes that are not UTF-8', { ...event(2), payload: new Uint8Array([0x22, 0xff, 0x22]) }],
  ])('skips and counts an event with %s, and resumes across it', async (_what, bad) => {
    const { join, play, metrics } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1)] });
    const { client } = join();
    play.onEvent(bad);
    play.onEvent(event(3));
    await turn();
    expect(client.data).toEqual([1, 3]);
    expect((await metrics.skipped.get()).values[0]?.value).toBe(1);
  });

  it('tells everybody of a gap when the log begins anew, and goes on', async () => {
    const { join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1)] });
    const { client } = join();
    const filtered = join({ channels: new Set(['c']) }).client;
    play.onWindow({ epoch: 'f1f1f1f1f1f1', events: [event(7)] });
    play.onEvent(event(8));
    await turn();
    const gap = { requested: `${EPOCH}-1`, oldest: 'f1f1f1f1f1f1-7', newest: 'f1f1f1f1f1f1-7' };
    expect(client.data).toEqual([1, gap, 7, 8]);
    expect(filtered.data).toEqual([1, gap, 7, 8]);
    expect(client.text).toContain('id: f1f1f1f1f1f1-b7\nevent: runnel.gap\n');
  });

  it('replays what passes a filter from among the newest 100 of all, however long that filter is in use', async () => {
    const { join, play } = newHub();
    const events = Array.from({ length: 100 }, (_, n) => event(n + 1, 'a'));
    play.onWindow({ epoch: EPOCH, events });
    const filter = { channels: new Set(['a']) };
    expect(join(filter).client.data).toHaveLength(100);
    for (let seq = 101; seq <= 150; seq += 1) play.onEvent(event(seq, 'b'));
    await turn();
    expect(join(filter).client.data).toEqual(events.slice(50).map(({ seq }) => seq));
  });

  it('lets a client go on from an event that was deleted meanwhile, until one after it is pushed out', async () => {
    const { hub, join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1), event(2), event(3)] });
    hub.removeEvents(1, 2);
    for (const cursor of [`${EPOCH}-1`, `${EPOCH}-2`]) expect(join({ cursor }).client.data).toEqual([3]);
    hub.removeEvents(1, Number.MAX_SAFE_INTEGER);
    expect(join({ cursor: `${EPOCH}-1` }).client.data).toEqual([]);
    for (let seq = 4; seq <= 104; seq += 1) play.onEvent(event(seq));
    await turn();
    expect(join({ cursor: `${EPOCH}-2` }).client.text).toContain('event: runnel.gap');
  });

  it('replays no more than the limits of the stream allow, in number and age', () => {
    const { hub, join, play } = newHub();
    const now = Date.now();
    const aged = (seq: number, ageS: number) => ({ ...event(seq), ts: now - ageS * 1_000 });
    play.onWindow({ epoch: EPOCH, events: [aged(1, 90), aged(2, 50), aged(3, 40), aged(4, 30)] });
    hub.limit({ maxEvents: 100, maxAgeS: 60 });
    expect(join().client.data).toEqual([2, 3, 4]);
    hub.limit({ maxEvents: 2, maxAgeS: null });
    expect(join().client.data).toEqual([3, 4]);
    expect(join({ cursor: `${EPOCH}-2` }).client.text).toContain('event: runnel.gap');
    hub.limit({ maxEvents: 2, maxAgeS: 10 });
    expect(join().client.data).toEqual([]);
    expect(join({ cursor: `${EPOCH}-4` }).client.text).toBe('');
  });

  it('closes a session with its reason and the id it has got to', async () => {
    const { join, play, hub } = newHub();
    play.onWindow({ epoch: EPOCH, events: [event(1), event(2)] });
    const { client, session } = join();
    session.close('access-revoked');
    expect(client.text).toMatch(
      new RegExp(`id: ${EPOCH}-2\nevent: runnel.closed\ndata: {"reason":"access-revoked"}\n\n$`),
    );
    expect(client.ended).toBe(1);
    expect(hub.size).toBe(0);
    play.onEvent(event(3));
    await turn();
    expect(client.data).toHaveLength(3);
  });

  it('sends the heartbeat, and ends what has lived its time', () => {
    const { join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [] });
    const young = join();
    young.session.beat();
    expect(young.client.text).toBe(':keepalive\n\n');
    const old = join({ endsAtMs: performance.now() - 1 });
    old.session.beat();
    expect(old.client.ended).toBe(1);
  });

  it('keeps who has lived its time for as long as it could not come back', () => {
    const { join, play } = newHub();
    play.onWindow({ epoch: EPOCH, events: [] });
    let reachable = false;
    const { session, client } = join({ endsAtMs: performance.now() - 1, mayReturn: () => reachable });
    session.beat();
    expect([client.ended, client.text]).toEqual([0, ':keepalive\n\n']);
    reachable = true;
    session.beat();
    expect(client.ended).toBe(1);
  });

  it('counts why each connection ended', async () => {
    const { hub, join, play, metrics } = newHub();
    play.onWindow({ epoch: EPOCH, events: [] });
    join({ endsAtMs: performance.now() - 1 }).session.beat();
    join().session.leave();
    join().session.close('access-revoked');
    join().session.cut('slow');
    join();
    hub.close();
    const causes = ['lifetime', 'client', 'access-revoked', 'slow', 'drain'];
    expect(await countsOf(metrics.ends)).toEqual(causes.map((cause) => [cause, 1]));
    expect(await countsOf(metrics.cuts)).toEqual([['slow', 1]]);
  });

  it('cuts who takes nothing of what waits for a minute, and leaves alone who takes some of it', async () => {
    const { join, play, metrics } = newHub();
    const now = jest.spyOn(performance, 'now');
    play.onWindow({ epoch: EPOCH, events: [event(1)] });
    const [dead, slow] = [new Client(), new Client()];
    for (const client of [dead, slow]) client.waiting = 1_000;
    const sessions = [dead, slow].map((outlet) => join({ outlet }).session);
    for (let second = 0; second <= 60; second += 15) {
      expect([dead.destroyed, slow.destroyed]).toEqual([false, false]);
      now.mockReturnValue(second * 1_000);
      slow.waiting -= 1;
      for (const session of sessions) session.beat();
    }
    now.mockRestore();
    expect([dead.destroyed, slow.destroyed]).toEqual([true, false]);
    expect(await countsOf(metrics.cuts)).toEqual([['stalled', 1]]);
  });

  it('says how many it has, each time that one comes or leaves', () => {
    const { hub, join, play, onResize } = newHub();
    play.onWindow({ epoch: EPOCH, events: [] });
    const one = join();
    const two = join({ channels: new Set(['a']) });
    const untap = hub.tap({ onWindow() {}, onEvent() {}, onClose() {} });
    one.session.leave();
    one.session.leave();
    two.session.leave();
    untap();
    untap();
    expect(onResize.mock.calls).toEqual([[1], [2], [3], [2], [1], [0]]);
    expect(one.client.ended).toBe(0);
  });

  it('can be left while history is still on its way', () => {
    const { join, play } = newHub();
    const { client, session } = join();
    session.leave();
    play.onWindow({ epoch: EPOCH, events: [event(1)] });
    expect(client.text).toBe('');
  });

  describe('with a longer history than it keeps', () => {
    const cursor = `${EPOCH}-1`;
    const resume = (onward: () => Promise<Run>) => {
      const made = newHub({ onward });
      made.hub.limit({ maxEvents: 1_000, maxAgeS: null });
      const newest = Array.from({ length: 100 }, (_, index) => event(index + 3));
      made.play.onWindow({ epoch: EPOCH, events: newest });
      return { ...made, ...made.join({ cursor }) };
    };

    it('waits with whoever resumes while that cannot be reached', async () => {
      let attempts = 0;
      const { client, onTrouble } = resume(async () => {
        attempts += 1;
        if (attempts < 3) throw new Problem('unavailable', 'Not now.');
        return { events: [event(2), event(3)], whole: true };
      });
      await eventually('it goes on', () => client.data.length === 101);
      expect(client.data[0]).toBe(2);
      expect([client.ended, onTrouble.mock.calls]).toEqual([0, []]);
    });

    it('lets whoever resumes go and come again when that cannot be read for another reason, which is told', async () => {
      const fault = new TypeError('nobody thought of that');
      const { client, onTrouble, metrics } = resume(() => Promise.reject(fault));
      await eventually('it is ended', () => client.ended === 1);
      expect(onTrouble.mock.calls).toEqual([[fault]]);
      const { values } = await metrics.ends.get();
      expect(values.map(({ labels }) => labels.cause)).toEqual(['unreadable']);
    });
  });
});
