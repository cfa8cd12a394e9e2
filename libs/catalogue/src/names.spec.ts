import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bucket, Kept } from '#libs/kv';
import { Names } from './names.js';

/** What Names uses of a bucket, in memory. */
class FakeBucket implements Pick<Bucket, 'read' | 'create' | 'replace' | 'remove' | 'keys'> {
  private readonly kept = new Map<string, Kept>();
  private last = 0;

  async read(key: string) {
    return this.kept.get(key);
  }

  async create(key: string, text: string) {
    return this.kept.has(key) ? undefined : this.write(key, text);
  }

  async replace(key: string, text: string, revision: number) {
    return this.kept.get(key)?.revision === revision ? this.write(key, text) : undefined;
  }

  async remove(key: string, revision?: number) {
    if (revision === undefined || this.kept.get(key)?.revision === revision) this.kept.delete(key);
  }

  async keys(pattern: string) {
    return [...this.kept.keys()].filter((key) => key.startsWith(pattern.slice(0, -1)));
  }

  private write(key: string, text: string) {
    this.last += 1;
    this.kept.set(key, { text, revision: this.last });
    return this.last;
  }
}

const alice = { workspace: 'w', id: 'p_alice' };
const bob = { workspace: 'w', id: 'p_bob' };

describe('Names', () => {
  let bearers: Map<string, string>;
  let names: Names;

  beforeEach(() => {
    bearers = new Map();
    names = new Names(
      new FakeBucket() as unknown as Bucket,
      async ({ id }, name) => bearers.get(id) === name,
    );
  });

  it('refuses a name that an entry bears', async () => {
    await names.claim(alice, 'x');
    bearers.set(alice.id, 'x');
    expect(await names.claim(bob, 'x')).toBeUndefined();
  });

  it('lets the robbed one see that it lost a claim which looked like a left-over', async () => {
    const first = await names.claim(alice, 'x');
    const second = await names.claim(bob, 'x');
    expect(first && (await names.settle(alice, first))).toBe(false);
    expect(second && (await names.settle(bob, second))).toBe(true);
  });

  it('lets nobody rob a claim that was settled', async () => {
    const claim = await names.claim(alice, 'x');
    bearers.set(alice.id, 'x');
    expect(claim && (await names.settle(alice, claim))).toBe(true);
    expect(await names.claim(bob, 'x')).toBeUndefined();
    expect(await names.idOf('w', 'x')).toBe(alice.id);
  });

  it('numbers past the names that are in use', async () => {
    for (const [id, name] of [
      ['p_0', 'x'],
      ['p_1', 'x-1'],
      ['p_3', 'x-3'],
    ] as const) {
      await names.claim({ workspace: 'w', id }, name);
      bearers.set(id, name);
    }
    expect((await names.claimNumbered(alice, 'x')).name).toBe('x-2');
    expect((await names.claimNumbered(bob, 'x')).name).toBe('x-4');
  });

  it('keeps a name that the same entry was given again before it was released', async () => {
    await names.claim(alice, 'x');
    bearers.set(alice.id, 'x');
    await names.release(alice, 'x');
    expect(await names.idOf('w', 'x')).toBe(alice.id);
  });

  it("does not release somebody else's name", async () => {
    await names.claim(alice, 'x');
    await names.release(bob, 'x');
    expect(await names.idOf('w', 'x')).toBe(alice.id);
  });

  it('never builds a key from a workspace or name that NATS would read as a pattern', async () => {
    expect(await names.idOf('*', 'x')).toBeUndefined();
    expect(await names.idOf('w', '>')).toBeUndefined();
    expect(await names.all('w.>')).toEqual([]);
  });
});
