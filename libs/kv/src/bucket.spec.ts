import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { NatsLink } from '#libs/nats-connection';
import { startNatsCluster } from '#libs/nats-server';
import { eventually, freeze, type LinkedNats, startLinkedNats } from '#libs/testing';
import { Bucket, type Update } from './bucket.js';

let nats: LinkedNats;
let bucket: Bucket;
let buckets = 0;

function open(name: string, more: { link?: NatsLink; replicas?: number } = {}): Bucket {
  const { link = nats.link, replicas = 1 } = more;
  return new Bucket(link, { name, description: 'of a spec', unavailable: 'Not now.', replicas });
}

function newName(): string {
  buckets += 1;
  return `SPEC_${buckets}`;
}

async function configOf(name: string) {
  const manager = await jetstreamManager(nats.link.connection());
  return (await manager.streams.info(`KV_${name}`)).config;
}

beforeAll(async () => {
  nats = await startLinkedNats();
  bucket = open(newName());
});

afterAll(() => nats?.close());

describe('a key', () => {
  it('keeps a text, with a revision that grows', async () => {
    const first = await bucket.write('kept.a', 'ü');
    expect(await bucket.read('kept.a')).toEqual({ text: 'ü', revision: first });
    const second = await bucket.write('kept.a', '');
    expect(second).toBeGreaterThan(first);
    expect(await bucket.read('kept.a')).toEqual({ text: '', revision: second });
    expect(await bucket.read('kept.b')).toBeUndefined();
  });

  it('is created once, and again after it was removed or erased', async () => {
    const revision = (await bucket.create('created', 'a')) ?? 0;
    expect(await bucket.create('created', 'b')).toBeUndefined();
    expect((await bucket.read('created'))?.text).toBe('a');
    await bucket.remove('created');
    const again = (await bucket.create('created', 'c')) ?? 0;
    expect(again).toBeGreaterThan(revision);
    await bucket.erase('created');
    expect(await bucket.read('created')).toBeUndefined();
    expect(await bucket.create('created', 'd')).toBeGreaterThan(again);
  });

  it('is written over and removed at the revision that was looked at, and at no other', async () => {
    const first = await bucket.write('revised', '1');
    const second = (await bucket.replace('revised', '2', first)) ?? 0;
    expect(second).toBeGreaterThan(first);
    expect(await bucket.replace('revised', 'late', first)).toBeUndefined();
    await bucket.remove('revised', first);
    expect((await bucket.read('revised'))?.text).toBe('2');
    await bucket.remove('revised', second);
    expect(await bucket.read('revised')).toBeUndefined();
    expect(await bucket.replace('revised', '3', second)).toBeUndefined();
  });

  it.each(['', '*', '>', 'a.*', 'a..b', '.a', 'a.', 'a b', 'a\n', 'ü'])(
    'is never made of %j',
    async (text) => {
      const refused = [
        bucket.read(text),
        bucket.readMany([text]),
        bucket.write(text, ''),
        bucket.create(text, ''),
        bucket.replace(text, '', 1),
        bucket.change(text, () => ''),
        bucket.remove(text),
        bucket.erase(text),
      ];
      for (const attempt of await Promise.allSettled(refused)) {
        expect(attempt).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
      }
    },
  );
});

describe('change', () => {
  const increment = (text: string | undefined) => String(Number(text ?? 0) + 1);

  it('makes each of several changes at once to what the one before left', async () => {
    const replicas = Array.from({ length: 4 }, () => open('SPEC_1'));
    await Promise.all(replicas.map((each) => each.change('counter', increment)));
    expect((await bucket.read('counter'))?.text).toBe('4');
  });

  it('says what was written, and leaves the key where there is nothing to change', async () => {
    expect(await bucket.change('left', () => 'a')).toBe('a');
    const before = await bucket.read('left');
    expect(await bucket.change('left', () => undefined)).toBeUndefined();
    expect(await bucket.read('left')).toEqual(before);
  });

  it('hands on what the change throws', async () => {
    const refuse = () => {
      throw new RangeError('no');
    };
    await expect(bucket.change('thrown', refuse)).rejects.toThrow(RangeError);
    expect(await bucket.read('thrown')).toBeUndefined();
  });

  it('gives up when others are faster again and again', async () => {
    const rival = open('SPEC_1');
    const writes = [await rival.write('contested', '0')];
    const change = bucket.change('contested', (text) => {
      // Over the same connection, so it arrives before what this change writes.
      void rival.write('contested', increment(text)).then((revision) => writes.push(revision));
      return 'mine';
    });
    await expect(change).rejects.toMatchObject({ code: 'unavailable' });
    expect((await bucket.read('contested'))?.text).toBe(String(writes.length - 1));
  });
});

describe('many keys', () => {
  it('are read in few requests, the missing ones left out', async () => {
    const keys = Array.from({ length: 520 }, (_, n) => `many.${n}`);
    await Promise.all(keys.map((key) => bucket.write(key, key)));
    const found = await bucket.readMany([...keys, 'many.none']);
    const texts = [...found].map(([key, { text }]) => [key, text]).sort();
    expect(texts).toEqual(keys.map((key) => [key, key]).sort());
    expect((await bucket.readMany([])).size).toBe(0);
  });

  it('are read whole when one answer cannot hold them', async () => {
    const keys = Array.from({ length: 60 }, (_, n) => `large.${n}`);
    const text = 'x'.repeat(300_000);
    for (const key of keys) await bucket.write(key, text);
    const found = await bucket.readMany(keys);
    expect(keys.filter((key) => found.get(key)?.text.length === text.length)).toEqual(keys);
    await Promise.all(keys.map((key) => bucket.erase(key)));
  });

  it('are listed and counted by pattern, for a while with those that were removed and never with the erased', async () => {
    for (const key of ['list.a', 'list.b', 'list.c', 'other.a']) await bucket.write(key, '');
    await bucket.erase('list.a');
    await bucket.remove('list.b');
    expect((await bucket.keys('list.*')).sort()).toEqual(['list.b', 'list.c']);
    expect(await bucket.keys('none.*')).toEqual([]);
    expect(await bucket.count('list.*')).toBe(2);
    expect(await bucket.count('none.*')).toBe(0);
  });
});

describe('updates', () => {
  it('tell each write and removal after a revision, in order, until they are stopped', async () => {
    await bucket.write('told', 'before');
    const start = await bucket.lastRevision();
    const updates = await bucket.updatesAfter(start);
    const told: Update[] = [];
    const ended = (async () => {
      for await (const update of updates) told.push(update);
    })();
    const written = await bucket.write('told', 'after');
    await bucket.remove('told');
    await eventually('both are told', () => told.length === 2);
    const newest = await bucket.lastRevision();
    expect(told).toEqual([
      { key: 'told', revision: written, kept: { text: 'after', revision: written } },
      { key: 'told', revision: newest, kept: undefined },
    ]);
    expect(written).toBe(start + 1);
    updates.stop();
    await ended;
    await bucket.write('told', 'unheard');
    expect(told).toHaveLength(2);
  });
});

describe('the bucket', () => {
  it('is made once however many services start at the same time, also with other numbers of replicas', async () => {
    const name = newName();
    const links = Array.from({ length: 4 }, () => NatsLink.open({ url: nats.server.url, name: 'service' }));
    await Promise.all(links.map((link) => link.whenUp()));
    const services = links.map((link, n) => open(name, { link, replicas: n === 0 ? 1 : 3 }));
    // One server cannot keep three copies, so only the first can make it; the others take what is there.
    await services[0]?.write('first', '');
    const made = await Promise.all(services.map((service) => service.create('key', 'text')));
    expect(made.filter((revision) => revision !== undefined)).toHaveLength(1);
    expect((await configOf(name)).num_replicas).toBe(1);
    const other = newName();
    const racing = links.map((link) => open(other, { link }).create('key', 'text'));
    expect((await Promise.all(racing)).filter((revision) => revision !== undefined)).toHaveLength(1);
    await Promise.all(links.map((link) => link.close()));
  });

  it('is taken over with its content when the NATS tools made it, and its removal marks expire from then on', async () => {
    const name = newName();
    await (await new Kvm(nats.link.connection()).create(name)).put('old', 'text');
    expect((await configOf(name)).allow_msg_ttl ?? false).toBe(false);
    const found = open(name);
    expect((await found.read('old'))?.text).toBe('text');
    expect((await configOf(name)).allow_msg_ttl).toBe(true);
    await found.remove('old');
    expect(await found.read('old')).toBeUndefined();
  });

  it('is made again when an operator has deleted it', async () => {
    const name = newName();
    const deleted = open(name);
    await deleted.write('gone', '');
    await (await jetstreamManager(nats.link.connection())).streams.delete(`KV_${name}`);
    await expect(deleted.read('gone')).rejects.toMatchObject({ code: 'unavailable', message: 'Not now.' });
    expect(await deleted.read('gone')).toBeUndefined();
    expect(await deleted.create('gone', 'new')).toBe(1);
  });

  it('is unavailable while NATS is away, at once, and has what it kept when NATS is back', async () => {
    await bucket.write('outlasting', 'text');
    await nats.lose();
    const attempts = await Promise.allSettled([
      bucket.read('outlasting'),
      bucket.readMany(['outlasting']),
      bucket.write('lost', ''),
      bucket.change('outlasting', () => 'lost'),
      bucket.remove('outlasting'),
      bucket.keys('*'),
      bucket.count('*'),
      bucket.updatesAfter(0),
    ]);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    await nats.bringBack();
    expect((await eventually('it answers', () => bucket.read('outlasting'))).text).toBe('text');
    expect(await bucket.read('lost')).toBeUndefined();
  });

  it('is unavailable while NATS is silent, within seconds, and answers when NATS does', async () => {
    await bucket.write('patient', 'text');
    await freeze(nats.server.pid);
    try {
      await expect(bucket.read('patient')).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      nats.server.kill('SIGCONT');
    }
    expect((await eventually('it answers', () => bucket.read('patient'))).text).toBe('text');
  });

  it('refuses before there is a server', async () => {
    const link = NatsLink.open({ url: 'nats://127.0.0.1:1', name: 'spec' });
    await expect(open('SPEC_1', { link }).read('key')).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterS: 1,
    });
    await link.close();
  });
});

describe('a bucket with three copies', () => {
  it('goes on when a server of the cluster dies', async () => {
    const cluster = await startNatsCluster();
    const link = NatsLink.open({ url: cluster.urls.join(','), name: 'spec' });
    try {
      const connection = await link.whenUp();
      const copied = open('SPEC_COPIED', { link, replicas: 3 });
      const revision = await eventually('a leader', () => copied.write('key', 'text'), 30_000);
      const manager = await jetstreamManager(connection);
      const { config, cluster: placed } = await manager.streams.info('KV_SPEC_COPIED');
      expect(config.num_replicas).toBe(3);
      const leader = cluster.servers[Number(placed?.leader?.slice(-1)) - 1];
      leader?.kill('SIGKILL');
      const kept = await eventually('another leader', () => copied.read('key'), 30_000);
      expect(kept).toEqual({ text: 'text', revision });
      const written = () => copied.replace('key', 'newer', revision);
      expect(await eventually('it can be written', written, 30_000)).toBeGreaterThan(revision);
    } finally {
      await link.close();
      await cluster.stop();
    }
  }, 90_000);
});
