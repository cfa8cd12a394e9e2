import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newStreamId } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { eventually, type LinkedNats, startLinkedNats } from '#libs/testing';
import { type LogLine, SourceLog } from './source-log.js';
import { SourceStates } from './source-states.js';

let nats: LinkedNats;
let link: NatsLink;
let states: SourceStates;

beforeAll(async () => {
  nats = await startLinkedNats();
  ({ link } = nats);
  states = new SourceStates(link, { replicas: 1 });
});

afterAll(() => nats?.close());

const newId = () => newStreamId('source');

describe('SourceStates', () => {
  it('keep a value in each slot of each source', async () => {
    const id = newId();
    await states.write(id, 'feed', { etag: '"a"' }, undefined);
    await states.write(id, 'dedupe', ['x'], undefined);
    expect((await states.read(id, 'feed'))?.value).toEqual({ etag: '"a"' });
    expect((await states.read(id, 'dedupe'))?.value).toEqual(['x']);
    expect(await states.read(id, 'error')).toBeUndefined();
    expect(await states.read(newId(), 'feed')).toBeUndefined();
  });

  it('are read together for many sources, of one slot, without those that keep nothing', async () => {
    const [full, empty, emptied, other] = [newId(), newId(), newId(), newId()];
    for (const id of [full, emptied, other]) await states.write(id, 'error', { of: id }, undefined);
    await states.write(empty, 'feed', 1, undefined);
    await states.forget(emptied);
    const values = await states.valuesOf([full, empty, emptied], 'error');
    expect([...values]).toEqual([[full, { of: full }]]);
    expect((await states.valuesOf([], 'error')).size).toBe(0);
  });

  it('let one of two writers win, and tell the other', async () => {
    const id = newId();
    const rival = new SourceStates(link, { replicas: 1 });
    const created = await Promise.all([states, rival].map((each) => each.write(id, 'feed', 1, undefined)));
    expect(created.filter((revision) => revision !== undefined)).toHaveLength(1);
    const { revision } = (await states.read(id, 'feed')) ?? { revision: 0 };
    const written = await Promise.all([states, rival].map((each) => each.write(id, 'feed', 2, revision)));
    expect(written.filter((next) => next !== undefined)).toHaveLength(1);
  });

  it('are removed at the revision that was looked at and no other, and can be written again', async () => {
    const id = newId();
    const first = (await states.write(id, 'error', 1, undefined)) ?? 0;
    const second = (await states.write(id, 'error', 2, first)) ?? 0;
    await states.remove(id, 'error', first);
    expect((await states.read(id, 'error'))?.value).toBe(2);
    await states.remove(id, 'error', second);
    expect(await states.read(id, 'error')).toBeUndefined();
    expect(await states.write(id, 'error', 3, undefined)).toBeGreaterThan(second);
  });

  it('forget all of a source and nothing of another', async () => {
    const [gone, other] = [newId(), newId()];
    for (const id of [gone, other]) await states.write(id, 'feed', 1, undefined);
    await states.forget(gone);
    expect(await states.read(gone, 'feed')).toBeUndefined();
    expect((await states.read(other, 'feed'))?.value).toBe(1);
  });

  it('survive a restart of NATS, and are unavailable while it is away', async () => {
    const id = newId();
    await states.write(id, 'feed', 'kept', undefined);
    await nats.lose();
    await expect(states.read(id, 'feed')).rejects.toMatchObject({ code: 'unavailable' });
    await nats.bringBack();
    expect((await eventually('the state', () => states.read(id, 'feed'))).value).toBe('kept');
  });

  it.each(['', '*', '>', 'a.b', 'x'.repeat(30)])('have no key for %j', async (id) => {
    await expect(states.read(id, 'feed')).rejects.toBeInstanceOf(TypeError);
  });
});

describe('SourceLog', () => {
  const line = (message: string): LogLine => ({ ts: 1, level: 'info', message });

  it('brings the lines of one source to everybody who follows it, until they end it', async () => {
    const log = new SourceLog(link);
    const id = newId();
    const heard: string[][] = [[], []];
    const ends = heard.map((lines) => log.follow(id, ({ message }) => lines.push(message)));
    await eventually('both are heard', () => {
      log.write(id, line('a'));
      return heard.every(({ length }) => length > 0);
    });
    log.write(newId(), line('of another'));
    ends[0]?.();
    log.write(id, line('b'));
    await eventually('the second goes on', () => heard[1]?.includes('b'));
    expect(heard[0]).not.toContain('b');
    expect(heard.flat()).not.toContain('of another');
    ends[1]?.();
  });

  it('follows over a restart of NATS, and passes over what is no line', async () => {
    const log = new SourceLog(link);
    const id = newId();
    const heard: string[] = [];
    const end = log.follow(id, ({ message }) => heard.push(message));
    await nats.lose();
    await nats.bringBack();
    await eventually('it is heard again', () => {
      if (link.up) link.connection().publish(`runnel.logs.${id}`, 'no line');
      log.write(id, line('after'));
      return heard.length > 0;
    });
    expect(new Set(heard)).toEqual(new Set(['after']));
    end();
  });
});
