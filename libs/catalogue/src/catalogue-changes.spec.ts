import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_HISTORY, newStreamId, randomBase62 } from '#libs/contracts';
import type { Bucket } from '#libs/kv';
import { type LinkedNats, startLinkedNats } from '#libs/testing';
import { Catalogue } from './catalogue.js';
import { catalogueBucket } from './catalogue-bucket.js';
import { newWorkspace } from './fixtures/new-workspace.js';
import { endpointKey, entryKey, nameKey } from './keys.js';

let nats: LinkedNats;
let catalogue: Catalogue;
let bucket: Bucket;
/** A workspace for each test, so that tests cannot see each other. */
let workspace: string;

beforeAll(async () => {
  nats = await startLinkedNats();
  catalogue = new Catalogue(nats.link, { replicas: 1 });
  bucket = catalogueBucket(nats.link, 1);
});

beforeEach(() => {
  workspace = newWorkspace();
});

afterAll(() => nats?.close());

const workflow = (name?: string) => catalogue.create({ kind: 'workflow', type: 'workflow', workspace, name });

describe('update', () => {
  it('changes what it is given and leaves the rest', async () => {
    const entry = await workflow('calm');
    const updated = await catalogue.update(entry.id, { visibility: 'private', active: false });
    expect(updated).toMatchObject({ name: 'calm', visibility: 'private', active: false });
    expect(updated.revision).toBeGreaterThan(entry.revision);
    expect(await catalogue.get(entry.id)).toEqual(updated);
  });

  it('moves the entry to its new name and frees the old one', async () => {
    const entry = await workflow('old');
    const renamed = await catalogue.update(entry.id, { name: 'New name' });
    expect(renamed.name).toBe('new-name');
    expect(await catalogue.find(workspace, 'new-name')).toEqual(renamed);
    expect(await catalogue.find(workspace, 'old')).toBeUndefined();
    expect((await workflow('old')).name).toBe('old');
  });

  it('refuses a name that is taken, and changes nothing then', async () => {
    const taken = await workflow('taken');
    const entry = await workflow('mine');
    const change = { name: 'taken', visibility: 'private' } as const;
    await expect(catalogue.update(entry.id, change)).rejects.toMatchObject({ code: 'conflict' });
    expect(await catalogue.get(entry.id)).toEqual(entry);
    expect(await catalogue.find(workspace, 'taken')).toEqual(taken);
  });

  it('lets one of several that want the same name have it, and refuses the others', async () => {
    const entries = await Promise.all(['a', 'b', 'c', 'd'].map((name) => workflow(name)));
    const results = await Promise.allSettled(
      entries.map(({ id }) => new Catalogue(nats.link, { replicas: 1 }).update(id, { name: 'wanted' })),
    );
    const winners = results.filter(({ status }) => status === 'fulfilled');
    const found = await catalogue.find(workspace, 'wanted');
    const bearers = (await catalogue.list(workspace)).filter(({ name }) => name === 'wanted');
    expect(winners).toHaveLength(1);
    expect(bearers.map(({ id }) => id)).toEqual([found?.id]);
    expect(await catalogue.list(workspace)).toHaveLength(4);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
    }
  });

  it('survives a rename back and forth at the same time', async () => {
    const entry = await workflow('one');
    await Promise.allSettled([
      catalogue.update(entry.id, { name: 'two' }),
      catalogue.update(entry.id, { name: 'one' }),
      catalogue.update(entry.id, { name: 'two' }),
    ]);
    const current = await catalogue.get(entry.id);
    expect(await catalogue.find(workspace, current?.name ?? '')).toEqual(current);
  });

  it('repeats a change that others overtook, and loses none of them', async () => {
    const entry = await workflow('counter');
    const add = ({ settings }: { settings: Readonly<Record<string, unknown>> }) => ({
      settings: { count: Number(settings.count ?? 0) + 1 },
    });
    await Promise.all(Array.from({ length: 4 }, () => catalogue.update(entry.id, add)));
    expect((await catalogue.get(entry.id))?.settings).toEqual({ count: 4 });
  });

  it('refuses a change that was made for another revision', async () => {
    const entry = await workflow('careful');
    await catalogue.update(entry.id, { active: false });
    const late = catalogue.update(entry.id, { active: true }, entry.revision);
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
  });

  it('answers not-found for what does not exist', async () => {
    const update = catalogue.update(newStreamId('source'), { active: false });
    await expect(update).rejects.toMatchObject({ code: 'not-found' });
  });

  it('frees a name that a rename left behind when it died halfway', async () => {
    const entry = await workflow('moved');
    await bucket.create(nameKey(workspace, 'half-way'), entry.id);
    expect((await workflow('half-way')).name).toBe('half-way');
  });
});

describe('endpoints', () => {
  const source = (endpointToken: string) =>
    catalogue.create({ kind: 'source', type: 'http', workspace, settings: { endpointToken } });

  it('lead to their entry until it is deleted', async () => {
    const token = randomBase62(32);
    const entry = await source(token);
    expect(await catalogue.byEndpointToken(token)).toEqual(entry);
    await catalogue.delete(entry.id);
    expect(await catalogue.byEndpointToken(token)).toBeUndefined();
    expect(await bucket.read(endpointKey(token))).toBeUndefined();
  });

  it('move with the token in the settings', async () => {
    const [old, token] = [randomBase62(32), randomBase62(32)];
    const entry = await source(old);
    const moved = await catalogue.update(entry.id, { settings: { endpointToken: token } });
    expect(await catalogue.byEndpointToken(token)).toEqual(moved);
    expect(await catalogue.byEndpointToken(old)).toBeUndefined();
  });

  it('lead nowhere when the creator died before it wrote the entry', async () => {
    const token = randomBase62(32);
    await bucket.create(endpointKey(token), newStreamId('source'));
    expect(await catalogue.byEndpointToken(token)).toBeUndefined();
  });
});

describe('history', () => {
  const longer = { maxEvents: 5_000, maxAgeS: 60 };

  it('is the usual one until it is changed, and those with one of their own can be listed', async () => {
    const [entry, other] = [await workflow('long'), await workflow('usual')];
    expect(entry.history).toEqual(DEFAULT_HISTORY);
    const changed = await catalogue.update(entry.id, { history: longer });
    expect(changed.history).toEqual(longer);
    await catalogue.update(other.id, { active: false });
    expect((await catalogue.update(entry.id, { name: 'longer' })).history).toEqual(longer);
    const listed = (await catalogue.withOwnHistory()).map(({ id }) => id);
    expect(listed).toContain(entry.id);
    expect(listed).not.toContain(other.id);
  });

  it('is no longer listed when it is the usual one again, or when the entry is gone', async () => {
    const [back, gone] = [await workflow('back'), await workflow('gone')];
    for (const { id } of [back, gone]) await catalogue.update(id, { history: longer });
    await catalogue.update(back.id, { history: DEFAULT_HISTORY });
    await catalogue.delete(gone.id);
    const listed = (await catalogue.withOwnHistory()).map(({ id }) => id);
    expect(listed).not.toContain(back.id);
    expect(listed).not.toContain(gone.id);
  });

  it('is the usual one in entries of earlier versions', async () => {
    const { id, revision } = await workflow('old');
    const { history: _, ...old } = JSON.parse((await bucket.read(entryKey(id)))?.text ?? '');
    await bucket.replace(entryKey(id), JSON.stringify(old), revision);
    expect((await catalogue.get(id))?.history).toEqual(DEFAULT_HISTORY);
  });
});

describe('delete', () => {
  it('removes the entry and its name, once', async () => {
    const entry = await workflow('gone');
    expect(await catalogue.delete(entry.id)).toBe(true);
    expect(await catalogue.delete(entry.id)).toBe(false);
    expect(await catalogue.get(entry.id)).toBeUndefined();
    expect(await catalogue.list(workspace)).toEqual([]);
    expect((await workflow('gone')).name).toBe('gone');
  });

  it('leaves a name usable when it died after the entry', async () => {
    const entry = await workflow('dead');
    await bucket.remove(entryKey(entry.id));
    expect(await catalogue.find(workspace, 'dead')).toBeUndefined();
    expect(await catalogue.list(workspace)).toEqual([]);
    expect((await workflow('dead')).name).toBe('dead');
  });

  it('removes all entries of a workspace and of no other', async () => {
    const kept = await catalogue.create({ kind: 'workflow', type: 'workflow', workspace: `${workspace}x` });
    const doomed = [await workflow('a'), await workflow('b')];
    const deleted = await catalogue.deleteWorkspace(workspace);
    expect(deleted.map(({ id }) => id).sort()).toEqual(doomed.map(({ id }) => id).sort());
    expect(await catalogue.list(workspace)).toEqual([]);
    expect(await catalogue.get(kept.id)).toEqual(kept);
  });
});
