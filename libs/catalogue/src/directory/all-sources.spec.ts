import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, type LinkedNats, startLinkedNats } from '#libs/testing';
import { Catalogue } from '../catalogue.js';
import { catalogueBucket } from '../catalogue-bucket.js';
import { newWorkspace } from '../fixtures/new-workspace.js';
import { entryKey } from '../keys.js';
import type { StreamEntry } from '../stream-entry.js';
import { AllSources } from './all-sources.js';

let nats: LinkedNats;
let catalogue: Catalogue;
let sources: AllSources | undefined;
/** What was told of each source, in order. */
let told: Map<string, (StreamEntry | undefined)[]>;

beforeAll(async () => {
  nats = await startLinkedNats();
  catalogue = new Catalogue(nats.link, { replicas: 1 });
});

beforeEach(() => {
  told = new Map();
});

afterEach(() => sources?.close());

afterAll(() => nats?.close());

const create = (type: string) =>
  catalogue.create({ kind: 'source', type, workspace: newWorkspace(), settings: {} });

function listen(onError?: (error: Error) => void): void {
  const listener = (id: string, entry: StreamEntry | undefined) =>
    void told.set(id, [...(told.get(id) ?? []), entry]);
  sources = AllSources.open(nats.link, { replicas: 1, types: ['timer', 'rss'], listener, onError });
}

const last = (id: string) => told.get(id)?.at(-1);

describe('AllSources', () => {
  it('tells those that exist, of every workspace and of the types asked for, once each', async () => {
    const timers = [await create('timer'), await create('timer')];
    const other = await create('http');
    const workflow = await catalogue.create({ kind: 'workflow', type: 'timer', workspace: newWorkspace() });
    listen();
    await eventually('both are told', () => timers.every(({ id }) => told.has(id)));
    const feed = await create('rss');
    await eventually('a later one is told', () => told.has(feed.id));
    for (const entry of [...timers, feed]) expect(told.get(entry.id)).toEqual([entry]);
    expect([told.has(other.id), told.has(workflow.id)]).toEqual([false, false]);
  });

  it('tells each change, and the end', async () => {
    const { id } = await create('timer');
    listen();
    await eventually('it is told', () => told.has(id));
    await catalogue.update(id, { active: false });
    await eventually('the change is told', () => last(id)?.active === false);
    await catalogue.delete(id);
    await eventually('the end is told', () => told.get(id)?.length === 3);
    expect(last(id)).toBeUndefined();
  });

  it('tells what changed while NATS was away, deletions too, and nothing twice', async () => {
    const [kept, changed, deleted] = [await create('timer'), await create('timer'), await create('timer')];
    listen();
    await eventually('all are told', () => told.size >= 3);
    const lost = new Promise<void>((resolve) => {
      const stop = nats.link.onDown(() => {
        stop();
        resolve();
      });
    });
    const restarted = nats.server.restart();
    await lost;
    await restarted;
    await eventually('the catalogue answers', () => catalogue.update(changed.id, { active: false }));
    await catalogue.delete(deleted.id);
    await eventually('the change is told', () => last(changed.id)?.active === false);
    await eventually('the deletion is told', () => told.get(deleted.id)?.length === 2);
    expect(told.get(kept.id)).toHaveLength(1);
  });

  it('leaves a damaged entry out and reports it', async () => {
    const damaged = await create('timer');
    await catalogueBucket(nats.link, 1).replace(entryKey(damaged.id), '{"id":', damaged.revision);
    const errors: Error[] = [];
    const whole = await create('timer');
    listen((error) => errors.push(error));
    await eventually('the whole one is told', () => told.has(whole.id));
    await eventually('the damaged one is reported', () => errors.length > 0);
    expect(told.has(damaged.id)).toBe(false);
  });
});
