import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isStreamId, newStreamId, Problem, randomBase62 } from '#libs/contracts';
import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually } from '#libs/testing';
import { Bucket } from './bucket.js';
import { Catalogue } from './catalogue.js';
import { endpointKey, entryKey, nameKey } from './keys.js';

let server: NatsServer;
let link: NatsLink;
let catalogue: Catalogue;
let bucket: Bucket;
/** A workspace for each test, so that tests cannot see each other. */
let workspace: string;

beforeAll(async () => {
  server = await startNatsServer();
  link = NatsLink.open({ url: server.url, name: 'catalogue spec' });
  await link.whenUp();
  catalogue = new Catalogue(link, { replicas: 1 });
  bucket = new Bucket(link, 1);
});

beforeEach(() => {
  workspace = `ws_${randomBase62(8)}`;
});

afterAll(async () => {
  await link?.close();
  await server?.stop();
});

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
    const others = Array.from({ length: 4 }, () => new Catalogue(link, { replicas: 1 }));
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
    const careful = new Catalogue(link, { replicas: 1, onError: (error) => errors.push(error) });
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
      history: { max_events: 5 },
    });
    await bucket.replace(entryKey(entry.id), text, entry.revision);
    expect(await catalogue.get(entry.id)).toMatchObject({ name: 'newer', type: 'mqtt' });
  });
});

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
      entries.map(({ id }) => new Catalogue(link, { replicas: 1 }).update(id, { name: 'wanted' })),
    );
    const winners = results.filter(({ status }) => status === 'fulfilled');
    const found = await catalogue.find(workspace, 'wanted');
    const bearers = (await catalogue.list(workspace)).filter(({ name }) => name === 'wanted');
    expect(winners.length).toBeLessThanOrEqual(1);
    expect(bearers.map(({ id }) => id)).toEqual(found === undefined ? [] : [found.id]);
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

describe('without NATS', () => {
  it('refuses at once, and works again by itself when NATS is back, with everything kept', async () => {
    const entry = await workflow('lasting');
    const down = new Promise<void>((resolve) => {
      const stop = link.onDown(() => {
        stop();
        resolve();
      });
    });
    const restarted = server.restart();
    await down;
    await expect(catalogue.get(entry.id)).rejects.toBeInstanceOf(Problem);
    await restarted;
    expect(await eventually('the catalogue answers', () => catalogue.get(entry.id))).toEqual(entry);
    expect((await workflow('lasting')).name).toBe('lasting-1');
  });

  it('can be opened before there is a server', async () => {
    const absent = NatsLink.open({ url: 'nats://127.0.0.1:1', name: 'catalogue spec' });
    const early = new Catalogue(absent, { replicas: 1 });
    await expect(early.list('default')).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 1 });
    await absent.close();
  });

  it('makes its bucket again when an operator has deleted it', async () => {
    const other = await startNatsServer();
    const otherLink = NatsLink.open({ url: other.url, name: 'catalogue spec' });
    try {
      const connection = await otherLink.whenUp();
      const fresh = new Catalogue(otherLink, { replicas: 1 });
      await fresh.create({ kind: 'workflow', type: 'workflow', workspace });
      await connection.request('$JS.API.STREAM.DELETE.KV_RUNNEL_CATALOGUE');
      const again = () => fresh.create({ kind: 'workflow', type: 'workflow', workspace });
      expect((await eventually('a new bucket', again)).name).toBe('workflow');
    } finally {
      await otherLink.close();
      await other.stop();
    }
  }, 20_000);
});
