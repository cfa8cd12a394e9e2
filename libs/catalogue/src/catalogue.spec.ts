import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isStreamId, newStreamId } from '#libs/contracts';
import type { Bucket } from '#libs/kv';
import { eventually, type LinkedNats, startLinkedNats } from '#libs/testing';
import { Catalogue } from './catalogue.js';
import { catalogueBucket } from './catalogue-bucket.js';
import { newWorkspace } from './fixtures/new-workspace.js';
import { entryKey, nameKey } from './keys.js';

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

describe('create', () => {
  it('keeps an entry that can be found by its id and by its name', async () => {
    const entry = await workflow('Orders & more');
    expect(entry).toMatchObject({
      name: 'orders-more',
      kind: 'workflow',
      visibility: 'public',
      active: true,
    });
    expect(isStreamId(entry.id)).toBe(true);
    expect(await catalogue.get(entry.id)).toEqual(entry);
    expect(await catalogue.find(workspace, entry.id)).toEqual(entry);
    expect(await catalogue.find(workspace, 'orders-more')).toEqual(entry);
  });

  it('names an entry after its type when nobody names it, and keeps sources private', async () => {
    const entry = await catalogue.create({ kind: 'source', type: 'http', workspace });
    expect(entry).toMatchObject({ name: 'http', visibility: 'private' });
  });

  it('numbers a name that is taken, over sources and workflows alike', async () => {
    const names = [];
    for (const kind of ['source', 'workflow', 'source'] as const) {
      names.push((await catalogue.create({ kind, type: 'http', workspace, name: 'http' })).name);
    }
    expect(names).toEqual(['http', 'http-1', 'http-2']);
  });

  it('gives every one of many that want the same name at once a name of its own', async () => {
    const others = Array.from({ length: 4 }, () => new Catalogue(nats.link, { replicas: 1 }));
    const created = await Promise.all(
      [...others, ...others].map((other) =>
        other.create({ kind: 'workflow', type: 'workflow', workspace, name: 'race' }),
      ),
    );
    const names = created.map(({ name }) => name);
    expect(new Set(names).size).toBe(8);
    for (const entry of created) expect(await catalogue.find(workspace, entry.name)).toEqual(entry);
  });

  it('lets two workspaces use the same name without seeing each other', async () => {
    const mine = await workflow('same');
    const theirs = await catalogue.create({
      kind: 'workflow',
      type: 'workflow',
      workspace: 'other',
      name: 'same',
    });
    expect(theirs.name).toBe('same');
    expect(await catalogue.find(workspace, 'same')).toEqual(mine);
    expect(await catalogue.find(workspace, theirs.id)).toBeUndefined();
  });

  it.each(['', '***', 'a\u0000b', 'a\nb', `p_${'a'.repeat(22)}`])('refuses the name %j', async (name) => {
    await expect(workflow(name)).rejects.toMatchObject({
      code: 'malformed-request',
      errors: [{ field: 'name' }],
    });
  });

  it('takes over a name whose creator died before it wrote the entry', async () => {
    await bucket.create(nameKey(workspace, 'orphan'), newStreamId('workflow'));
    expect((await workflow('orphan')).name).toBe('orphan');
  });
});

describe('find', () => {
  it.each(['*', '>', 'a.b', 'a b', '\u0000', '', '$KV', 'A'])('knows nothing called %j', async (text) => {
    expect(await catalogue.find(workspace, text)).toBeUndefined();
    expect(await catalogue.get(text)).toBeUndefined();
    expect(await catalogue.byEndpointToken(text)).toBeUndefined();
  });

  it('does not follow a name to an entry that has another name by now', async () => {
    const entry = await workflow('now');
    await bucket.create(nameKey(workspace, 'before'), entry.id);
    expect(await catalogue.find(workspace, 'before')).toBeUndefined();
    expect(await catalogue.list(workspace)).toEqual([entry]);
  });
});

describe('list', () => {
  it('answers the entries of the workspace, oldest first, or those of one kind', async () => {
    const first = await workflow('b');
    const source = await catalogue.create({ kind: 'source', type: 'http', workspace });
    const last = await workflow('a');
    expect(await catalogue.list(workspace)).toEqual(
      [first, source, last].sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1)),
    );
    expect(await catalogue.list(workspace, { kind: 'source' })).toEqual([source]);
    expect(await catalogue.list('nobody')).toEqual([]);
  });

  it('leaves a damaged entry out and reports it, while the others are listed', async () => {
    const errors: Error[] = [];
    const careful = new Catalogue(nats.link, { replicas: 1, onError: (error) => errors.push(error) });
    const damaged = await workflow('damaged');
    const whole = await workflow('whole');
    await bucket.replace(entryKey(damaged.id), '{"id":', damaged.revision);
    expect(await careful.list(workspace)).toEqual([whole]);
    expect(errors).toHaveLength(1);
    await expect(careful.get(damaged.id)).rejects.toMatchObject({ code: 'internal-error' });
  });

  it('does not let the name of a damaged entry go to somebody else', async () => {
    const damaged = await workflow('kept');
    await bucket.replace(entryKey(damaged.id), 'null', damaged.revision);
    expect((await workflow('kept')).name).toBe('kept-1');
  });

  it('reads entries that a newer version wrote with fields of its own', async () => {
    const entry = await workflow('newer');
    const kept = await bucket.read(entryKey(entry.id));
    const text = JSON.stringify({
      ...JSON.parse(kept?.text ?? ''),
      type: 'mqtt',
      retention: { days: 5 },
    });
    await bucket.replace(entryKey(entry.id), text, entry.revision);
    expect(await catalogue.get(entry.id)).toMatchObject({ name: 'newer', type: 'mqtt' });
  });
});

describe('without NATS', () => {
  it('refuses at once, and works again by itself when NATS is back, with everything kept', async () => {
    const entry = await workflow('lasting');
    await nats.lose();
    await expect(catalogue.get(entry.id)).rejects.toMatchObject({ code: 'unavailable' });
    await nats.bringBack();
    expect(await eventually('the catalogue answers', () => catalogue.get(entry.id))).toEqual(entry);
    expect((await workflow('lasting')).name).toBe('lasting-1');
  });
});
