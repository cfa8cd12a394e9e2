import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamEntry } from '#libs/catalogue';
import { EventLog } from '#libs/event-log';
import { SourceStates } from '#libs/source-state';
import { eventually } from '#libs/testing';
import { type SourceSystem, startSourceSystem } from '../fixtures/source-system.js';
import { SourceEmitter } from './source-emitter.js';

let system: SourceSystem;
/** Emitters of three replicas. */
let emitters: SourceEmitter[];
let logs: EventLog[];

beforeAll(async () => {
  system = await startSourceSystem();
  logs = Array.from({ length: 3 }, () => new EventLog({ url: system.server.url, name: 'emitter spec' }));
  emitters = logs.map((log) => new SourceEmitter(log, new SourceStates(system.link, { replicas: 1 })));
  for (const log of logs) await eventually('the log is written', () => log.tryWrite().then(() => true));
});

afterAll(async () => {
  for (const log of logs) await log.close();
  await system?.close();
});

const source = (dedupe: Record<string, unknown> = {}) => system.deploy({ type: 'http', ...dedupe });
const events = (...ids: unknown[]) => ids.map((id) => ({ value: { id } }));
const emitter = () => emitters[0] as SourceEmitter;

async function idsOf(entry: StreamEntry): Promise<unknown[]> {
  return ((await system.values(entry)) as { id: unknown }[]).map(({ id }) => id);
}

describe('SourceEmitter', () => {
  it('stores every event where there is no rule', async () => {
    const entry = await source();
    expect(await emitter().emit(entry, events(1, 1))).toEqual({ stored: 2 });
    expect(await emitter().emit(entry, events(1))).toEqual({ stored: 1 });
    expect(await idsOf(entry)).toEqual([1, 1, 1]);
  });

  it('puts events on the channel of the source', async () => {
    const entry = await source({ channel: 'orders' });
    await emitter().emit(entry, events(1));
    const [stored] = await system.eventLog.newest({ workspace: entry.workspace, stream: entry.id }, 1);
    expect(stored?.channel).toBe('orders');
  });

  it('stores an event with a key once, whichever replicas send it', async () => {
    const entry = await source();
    const sent = [{ value: { tick: 1 }, key: 'tick 1' }];
    const emitted = await Promise.all(emitters.map((each) => each.emit(entry, sent)));
    expect(emitted.reduce((sum, { stored }) => sum + stored, 0)).toBe(1);
    expect(await system.values(entry)).toEqual([{ tick: 1 }]);
  });

  it('lets what one replica has stored be known to the others', async () => {
    const entry = await source({ dedupe: 'unique' });
    for (const [index, id] of [1, 2, 1, 3, 2, 1].entries()) {
      await (emitters[index % 3] as SourceEmitter).emit(entry, events(id));
    }
    expect(await idsOf(entry)).toEqual([1, 2, 3]);
  });

  it.each(['unique', 'greatest', 'last'])(
    'makes one event of those with the same id that come to all replicas at once: %s',
    async (dedupe) => {
      const entry = await source({ dedupe });
      await Promise.all([...emitters, ...emitters].map((each) => each.emit(entry, events('same'))));
      expect(await idsOf(entry)).toEqual(['same']);
    },
  );

  it('applies the rules over an id anywhere in the event', async () => {
    const entry = await source({ dedupe: 'greatest', dedupe_id: '/body/sequence' });
    for (const sequence of [3, 1, 4, 1, 5]) await emitter().emit(entry, [{ value: { body: { sequence } } }]);
    const sequences = (await system.values(entry)) as { body: { sequence: number } }[];
    expect(sequences.map(({ body }) => body.sequence)).toEqual([3, 4, 5]);
  });

  it('stores an id again that was left for another, under the rule "last"', async () => {
    const entry = await source({ dedupe: 'last' });
    for (const id of ['a', 'a', 'b', 'a', 'b', 'b']) await emitter().emit(entry, events(id));
    expect(await idsOf(entry)).toEqual(['a', 'b', 'a', 'b']);
  });

  it("counts silent events without storing them, and applies a type's own rule beside the owner's", async () => {
    const entry = await source({ dedupe: 'greatest' });
    const ownRule = { strategy: 'unique', pointer: '/id' } as const;
    const first = [{ value: { id: 5 }, silent: true }, ...events(6, 4, 7)];
    expect(await emitter().emit(entry, first, { ownRule, together: true })).toEqual({ stored: 2 });
    expect(await emitter().emit(entry, events(5, 7, 8), { ownRule, together: true })).toEqual({ stored: 1 });
    expect(await idsOf(entry)).toEqual([6, 7, 8]);
  });

  it('remembers nothing of what could not be stored, so that it can be sent again', async () => {
    const entry = await source({ dedupe: 'unique' });
    const closed = new EventLog({ url: 'nats://127.0.0.1:1', name: 'emitter spec' });
    const failing = new SourceEmitter(closed, new SourceStates(system.link, { replicas: 1 }));
    await expect(failing.emit(entry, events(1))).rejects.toMatchObject({ code: 'unavailable' });
    await closed.close();
    expect(await emitter().emit(entry, events(1))).toEqual({ stored: 1 });
  });

  it('knows after a restart what it knew before', async () => {
    const entry = await source({ dedupe: 'unique' });
    await emitter().emit(entry, events(1, 2));
    await system.server.restart();
    await eventually('it works again', () => emitter().emit(entry, events(3)));
    expect(await emitter().emit(entry, events(1, 2, 3))).toEqual({ stored: 0 });
  });
});
