import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamEntry } from '#libs/catalogue';
import { randomBase62 } from '#libs/contracts';
import { eventually } from '#libs/testing';
import { type SourceSystem, startSourceSystem } from '../fixtures/source-system.js';
import type { SourceRunner } from '../running/source-runner.js';

let system: SourceSystem;
let runners: readonly SourceRunner[] = [];

beforeAll(async () => {
  system = await startSourceSystem();
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
});

afterAll(() => system?.close());

const publish = (subject: string, data: string | Uint8Array) =>
  system.link.connection().publish(subject, data);

/** A source on a subject of its own, once somebody listens there. */
async function listening(
  more: Record<string, unknown> = {},
): Promise<{ entry: StreamEntry; subject: string }> {
  const subject = `orders.${randomBase62(8)}`;
  const entry = await system.deploy({ type: 'nats', subject: `${subject}.*`, ...more });
  await eventually('it listens', async () => {
    publish(`${subject}.knock`, '"knock"');
    return (await system.values(entry)).length > 0;
  });
  return { entry, subject };
}

async function dataOf(entry: StreamEntry): Promise<unknown[]> {
  const values = (await system.values(entry)) as { data: unknown }[];
  return values.map(({ data }) => data).filter((data) => data !== 'knock');
}

const numbers = Array.from({ length: 60 }, (_, n) => n);

describe('a nats source', () => {
  it('makes one event of each message that its wildcard takes in, while three replicas listen', async () => {
    runners = await system.run(3);
    const { entry, subject } = await listening();
    for (const n of numbers) publish(`${subject}.paid`, JSON.stringify(n));
    publish(`${subject}.paid.twice`, '"too deep"');
    publish(`${subject}.sent`, 'plain');
    await eventually('all have come', async () => (await dataOf(entry)).length > numbers.length);
    const data = await dataOf(entry);
    expect(data.filter((value) => typeof value === 'number').sort((a, b) => Number(a) - Number(b))).toEqual(
      numbers,
    );
    expect(data.filter((value) => typeof value !== 'number')).toEqual(['plain']);
    expect((await system.values(entry)).at(-1)).toMatchObject({ subject: expect.stringContaining(subject) });
  }, 30_000);

  it('keeps the order of messages while one replica listens', async () => {
    runners = await system.run(1);
    const { entry, subject } = await listening();
    for (const n of numbers) publish(`${subject}.n`, JSON.stringify(n));
    await eventually('all have come', async () => (await dataOf(entry)).length === numbers.length);
    expect(await dataOf(entry)).toEqual(numbers);
  }, 30_000);

  it('applies its dedupe rule over all replicas', async () => {
    runners = await system.run(3);
    const { entry, subject } = await listening({ dedupe: 'unique', dedupe_id: '/data/id' });
    for (const id of [1, 2, 1, 3, 2, 1]) publish(`${subject}.n`, JSON.stringify({ id }));
    publish(`${subject}.n`, '{"id":"end"}');
    await eventually('the end has come', async () => JSON.stringify(await dataOf(entry)).includes('end'));
    await eventually('all have come', async () => (await dataOf(entry)).length === 4);
    const ids = (await dataOf(entry)).map((data) => (data as { id: unknown }).id);
    expect(new Set(ids)).toEqual(new Set([1, 2, 3, 'end']));
  }, 30_000);

  it('loses nothing that it was given when it stops', async () => {
    runners = await system.run(1);
    const { entry, subject } = await listening();
    for (const n of numbers) publish(`${subject}.n`, JSON.stringify(n));
    await system.link.connection().flush();
    await system.change(entry, { active: false });
    await eventually('all have come', async () => (await dataOf(entry)).length === numbers.length);
    await eventually('nobody listens any more', () =>
      system.link
        .connection()
        .request(`${subject}.n`, '"late"', { timeout: 100 })
        .then(
          () => false,
          (error: Error) => /no responders/i.test(error.message),
        ),
    );
  }, 30_000);

  it('says that a message was too large, and has forgotten it after the next', async () => {
    runners = await system.run(1);
    const { entry, subject } = await listening();
    publish(`${subject}.n`, new Uint8Array(600 * 1024));
    const failed = await eventually('the error', () => system.tools.reports.lastError(entry.id));
    expect(failed).toEqual({
      message: 'Messages that are lost because they had more than 524288 bytes: 1.',
      at: expect.stringMatching(/Z$/),
    });
    publish(`${subject}.n`, '1');
    await eventually('no error', async () => (await system.tools.reports.lastError(entry.id)) === null);
  }, 30_000);

  it('listens again after NATS was away', async () => {
    runners = await system.run(2);
    const { entry, subject } = await listening();
    await system.server.restart();
    await eventually('a message arrives', async () => {
      publish(`${subject}.n`, '"after"');
      return (await dataOf(entry)).includes('after');
    });
  }, 30_000);
});
