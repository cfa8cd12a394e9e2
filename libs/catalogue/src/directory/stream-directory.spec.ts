import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { newStreamId, randomBase62 } from '#libs/contracts';
import { NatsLink } from '#libs/nats-connection';
import { startNatsServer } from '#libs/nats-server';
import { eventually, type LinkedNats, startLinkedNats } from '#libs/testing';
import { Catalogue } from '../catalogue.js';
import { catalogueBucket } from '../catalogue-bucket.js';
import { newWorkspace } from '../fixtures/new-workspace.js';
import { entryKey } from '../keys.js';
import type { StreamEntry } from '../stream-entry.js';
import { TRUST_MS } from './directory-cache.js';
import { StreamDirectory } from './stream-directory.js';

/** Twice the bound of 5 s, which a busy machine may miss. */
const WITHIN_BOUND_MS = 10_000;
/** The JetStream stream under the catalogue. */
const STREAM = 'KV_RUNNEL_CATALOGUE';

let nats: LinkedNats;
let link: NatsLink;
let catalogue: Catalogue;
let directory: StreamDirectory;
let errors: Error[];
let workspace: string;

beforeAll(async () => {
  nats = await startLinkedNats();
  ({ link } = nats);
  catalogue = new Catalogue(link, { replicas: 1 });
});

beforeEach(() => {
  workspace = newWorkspace();
  errors = [];
  directory = StreamDirectory.open(link, { replicas: 1, onError: (error) => errors.push(error) });
});

afterEach(() => directory.close());

afterAll(() => nats?.close());

const create = (name = 'stream') => catalogue.create({ kind: 'workflow', type: 'workflow', workspace, name });

/** Watches an entry and waits until it was told what it is. */
async function watched(id: string): Promise<(StreamEntry | undefined)[]> {
  const heard: (StreamEntry | undefined)[] = [];
  directory.watch(id, (entry) => heard.push(entry));
  await eventually('the first news', () => heard.length > 0);
  return heard;
}

/** Takes the feed away from under the directory, as a server that lost the consumer would. */
async function loseFeed(): Promise<void> {
  const manager = await jetstreamManager(link.connection());
  const deleted = await eventually('a feed to lose', async () => {
    let count = 0;
    for await (const { name } of manager.consumers.list(STREAM)) {
      count += (await manager.consumers.delete(STREAM, name)) ? 1 : 0;
    }
    return count;
  });
  expect(deleted).toBeGreaterThan(0);
}

describe('reading', () => {
  it('finds by id, by name and by endpoint, within the workspace', async () => {
    const endpointToken = randomBase62(32);
    const settings = { endpointToken };
    const entry = await catalogue.create({ kind: 'source', type: 'http', workspace, settings });
    for (let time = 0; time < 2; time++) {
      expect(await directory.get(entry.id)).toEqual(entry);
      expect(await directory.find(workspace, entry.id)).toEqual(entry);
      expect(await directory.find(workspace, 'http')).toEqual(entry);
      expect(await directory.find('other', entry.id)).toBeUndefined();
      expect(await directory.find('other', 'http')).toBeUndefined();
      expect(await directory.byEndpointToken(endpointToken)).toEqual(entry);
    }
  });

  it.each(['*', '>', 'a.b', 'a b', '\u0000', '', `dc_${'0'.repeat(22)}`])(
    'knows nothing of %j',
    async (text) => {
      expect(await directory.get(text)).toBeUndefined();
      expect(await directory.find(workspace, text)).toBeUndefined();
      expect(await directory.find(text, 'name')).toBeUndefined();
      expect(await directory.byEndpointToken(text)).toBeUndefined();
    },
  );

  it('follows a name to whoever bears it now', async () => {
    const first = await create('moving');
    expect(await directory.find(workspace, 'moving')).toEqual(first);
    await catalogue.update(first.id, { name: 'elsewhere' });
    const second = await create('moving');
    const found = () => directory.find(workspace, 'moving').then((entry) => entry?.id === second.id);
    await eventually('the name leads to its new bearer', found, WITHIN_BOUND_MS);
    expect((await directory.find(workspace, 'elsewhere'))?.id).toBe(first.id);
  });

  it('finds at once what another process created after it was asked for in vain', async () => {
    expect(await directory.find(workspace, 'late')).toBeUndefined();
    const entry = await create('late');
    const found = () => directory.find(workspace, 'late');
    expect(await eventually('the new entry', found)).toEqual(entry);
  });

  it('forgets a deleted entry', async () => {
    const entry = await create();
    expect(await directory.get(entry.id)).toEqual(entry);
    await catalogue.delete(entry.id);
    await eventually(
      'it is gone',
      async () => (await directory.get(entry.id)) === undefined,
      WITHIN_BOUND_MS,
    );
  });

  it('refuses only the damaged entry', async () => {
    const [damaged, whole] = [await create(), await create()];
    await catalogueBucket(link, 1).replace(entryKey(damaged.id), '[]', damaged.revision);
    await expect(directory.get(damaged.id)).rejects.toMatchObject({ code: 'internal-error' });
    expect(await directory.get(whole.id)).toEqual(whole);
  });
});

describe('watching', () => {
  it('tells a change and the deletion', async () => {
    const entry = await create();
    const heard = await watched(entry.id);
    const changed = await catalogue.update(entry.id, { visibility: 'private' });
    await catalogue.delete(entry.id);
    await eventually('both are told', () => heard.length === 3, WITHIN_BOUND_MS);
    expect(heard).toEqual([entry, changed, undefined]);
  });

  it('tells a change within 5 s though the feed was lost in silence', async () => {
    const entry = await create();
    const heard = await watched(entry.id);
    await loseFeed();
    const changed = await catalogue.update(entry.id, { visibility: 'private' });
    await eventually('the change is told', () => heard.length === 2, WITHIN_BOUND_MS);
    expect(heard).toEqual([entry, changed]);
    expect(await directory.get(entry.id)).toEqual(changed);
  });

  it('tells what was deleted while this process was cut off from NATS', async () => {
    const [entry, kept] = [await create(), await create()];
    const ownLink = NatsLink.open({ url: nats.server.url, name: 'cut off' });
    const own = StreamDirectory.open(ownLink, { replicas: 1 });
    try {
      const heard: (StreamEntry | undefined)[] = [];
      own.watch(entry.id, (told) => heard.push(told));
      own.watch(kept.id, (told) => heard.push(told));
      await eventually('the first news', () => heard.length === 2);
      const connection = await ownLink.whenUp();
      const cutOff = connection.close();
      await catalogue.delete(entry.id);
      await cutOff;
      await eventually('the deletion is told', () => heard.length === 3, WITHIN_BOUND_MS);
      expect(heard[2]).toBeUndefined();
    } finally {
      await own.close();
      await ownLink.close();
    }
  });

  it('goes on after a restart of NATS', async () => {
    const entry = await create();
    const heard = await watched(entry.id);
    await nats.server.restart();
    const change = () => catalogue.update(entry.id, { active: false });
    const changed = await eventually('the catalogue answers', change);
    await eventually('the change is told', () => heard.at(-1)?.active === false);
    expect(heard[0]).toEqual(entry);
    expect(await directory.get(entry.id)).toMatchObject({ active: false });
    expect(changed.revision).toBeGreaterThan(entry.revision);
  });

  it('still answers what it knew while NATS is away, and nothing that it would have to read', async () => {
    const [known, unknown] = [await create(), await create()];
    expect(await directory.find(workspace, known.name)).toBeDefined();
    await nats.lose();
    // Longer than an entry is believed without any proof.
    await new Promise((resolve) => setTimeout(resolve, TRUST_MS + 1_000));
    expect(await directory.get(known.id)).toMatchObject({ name: known.name });
    expect(await directory.find(workspace, known.name)).toMatchObject({ id: known.id });
    await expect(directory.get(unknown.id)).rejects.toMatchObject({ code: 'unavailable' });
    await nats.bringBack();
    await eventually('it reads again', () => directory.get(unknown.id));
  }, 30_000);

  it('tells of an entry that never existed, and nothing to who has left', async () => {
    const heard = await watched(newStreamId('workflow'));
    expect(heard).toEqual([undefined]);
    const entry = await create();
    const left: unknown[] = [];
    directory.watch(entry.id, (told) => left.push(told))();
    const others = await watched(entry.id);
    await catalogue.update(entry.id, { active: false });
    await eventually('the others are told', () => others.length === 2, WITHIN_BOUND_MS);
    expect(left).toEqual([]);
  });

  it('begins by itself when NATS comes up late, and refuses until then', async () => {
    const late = await startNatsServer();
    const { url, port } = late;
    await late.stop();
    const lateLink = NatsLink.open({ url, name: 'early' });
    const early = StreamDirectory.open(lateLink, { replicas: 1 });
    const heard: unknown[] = [];
    early.watch(newStreamId('workflow'), (entry) => heard.push(entry));
    await expect(early.get(newStreamId('workflow'))).rejects.toMatchObject({ code: 'unavailable' });
    const again = await startNatsServer({ port });
    try {
      await eventually('the watch is told', () => heard.length === 1);
    } finally {
      await early.close();
      await lateLink.close();
      await again.stop();
    }
  }, 20_000);
});
