import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { Problem, type ProblemCode } from '#libs/contracts';
import { freeze, type LinkedNats, startLinkedNats } from '#libs/testing';
import { Publisher } from './publisher.js';

let nats: LinkedNats;
let publisher: Publisher;
beforeEach(async () => {
  nats = await startLinkedNats();
  const { streams } = await jetstreamManager(nats.link.connection());
  await streams.add({ name: 'S', subjects: ['s'] });
  publisher = new Publisher(nats.link);
}, 30_000);
afterEach(async () => {
  publisher.close();
  await nats.close();
}, 30_000);

const publish = () => publisher.publish('s', new Uint8Array(10), headers());

describe('Publisher', () => {
  it('sends the first message at once, and what follows in the same turn together at its end', async () => {
    const sent = jest.spyOn(nats.link.connection(), 'publish');
    const acks = [publish(), publish(), publish()];
    expect(sent).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveBeenCalledTimes(3);
    expect((await Promise.all(acks)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('lets nobody wait long for a NATS that is silent, however many wait, and says what is known', async () => {
    await publish();
    await freeze(nats.server.pid);
    const begun = performance.now();
    const outcomes = new Map<ProblemCode, number>();
    await Promise.all(
      Array.from({ length: 2_000 }, async () => {
        const code = await publish().then(
          () => 'stored',
          ({ code }) => code,
        );
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      }),
    );
    expect(performance.now() - begun).toBeLessThan(10_000);
    // What was on its way may arrive yet; what waited for its turn was never sent.
    expect(Object.fromEntries(outcomes)).toEqual({ 'outcome-unknown': 256, unavailable: 1_744 });
    nats.server.kill('SIGCONT');
    expect(await publish()).toMatchObject({ seq: 258 });
  }, 30_000);

  it('refuses what is too much without throwing: a batch that is half refused has its other half under way', async () => {
    await freeze(nats.server.pid);
    const batch = Array.from({ length: 25_000 }, () => publish());
    const outcomes = await Promise.allSettled(batch);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    nats.server.kill('SIGCONT');
  }, 30_000);

  it('says that a batch is too large before any of it is sent', async () => {
    const large = new Uint8Array(nats.link.connection().info?.max_payload ?? 0);
    expect(() => publisher.requireSizes([new Uint8Array(10), large])).toThrow(Problem);
    await expect(publisher.publish('s', large, headers())).rejects.toMatchObject({ code: 'too-large' });
    expect(await publish()).toMatchObject({ seq: 1 });
  });
});
