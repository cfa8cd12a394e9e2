import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '#libs/testing';
import { entryFrom } from '../new-entry.js';
import type { StreamEntry } from '../stream-entry.js';
import type { EntryState } from './directory-cache.js';
import { Watchers } from './watchers.js';

const entry = { ...entryFrom({ kind: 'workflow', type: 'workflow', workspace: 'w' }), revision: 1 };
const changed = { ...entry, active: false, revision: 2 };
const { id } = entry;

let stored: Map<string, StreamEntry>;
let broken: boolean;
let errors: Error[];
let read: jest.Mock<(id: string) => Promise<EntryState>>;
let watchers: Watchers;

beforeEach(() => {
  stored = new Map([[id, entry]]);
  broken = false;
  errors = [];
  read = jest.fn(async (wanted: string) => {
    if (broken) throw new Error('cannot be read');
    const found = stored.get(wanted);
    return { entry: found, revision: found?.revision ?? 0 };
  });
  watchers = new Watchers({ read, onError: (error) => errors.push(error) });
});

/** A listener and what it has heard so far. */
function listening() {
  const heard: (number | undefined)[] = [];
  return { heard, listener: (told: StreamEntry | undefined) => void heard.push(told?.revision) };
}

describe('Watchers', () => {
  it('tells a new listener what the entry is, and then each change', async () => {
    const { heard, listener } = listening();
    watchers.add(id, listener);
    await eventually('the first news', () => heard.length === 1);
    watchers.told(id, { entry: changed, revision: 2 });
    watchers.told(id, { entry: undefined, revision: 3 });
    expect(heard).toEqual([1, 2, undefined]);
  });

  it('tells the second listener of the same entry too, without reading again', async () => {
    const first = listening();
    watchers.add(id, first.listener);
    await eventually('the first news', () => first.heard.length === 1);
    const second = listening();
    watchers.add(id, second.listener);
    await eventually('the second listener heard', () => second.heard.length === 1);
    expect(first.heard).toEqual([1]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('tells a listener that knows what the entry is nothing but the changes', async () => {
    const first = listening();
    watchers.add(id, first.listener);
    await eventually('the first news', () => first.heard.length === 1);
    const [knows, knewAnother] = [listening(), listening()];
    watchers.add(id, knows.listener, 1);
    watchers.add(id, knewAnother.listener, 7);
    await eventually('the other one heard', () => knewAnother.heard.length === 1);
    watchers.told(id, { entry: changed, revision: 2 });
    expect([knows.heard, knewAnother.heard]).toEqual([[2], [1, 2]]);
  });

  it('finds a change that no feed told when everything is in doubt', async () => {
    const { heard, listener } = listening();
    watchers.add(id, listener);
    await eventually('the first news', () => heard.length === 1);
    stored.set(id, changed);
    watchers.doubtAll();
    await eventually('the change', () => heard.length === 2);
    watchers.doubtAll();
    stored.delete(id);
    watchers.doubtAll();
    await eventually('the deletion', () => heard.length === 3);
    expect(heard).toEqual([1, 2, undefined]);
  });

  it('tries again what could not be read', async () => {
    broken = true;
    const { heard, listener } = listening();
    watchers.add(id, listener);
    await eventually('the failure', () => errors.length === 1);
    broken = false;
    watchers.retry();
    await eventually('the first news', () => heard.length === 1);
  });

  it('reads any number of entries, some at a time', async () => {
    let reading = 0;
    let most = 0;
    const many = new Watchers({
      read: async () => {
        reading += 1;
        most = Math.max(most, reading);
        await new Promise((resolve) => setImmediate(resolve));
        reading -= 1;
        return { entry: undefined, revision: 0 };
      },
      onError: (error) => errors.push(error),
    });
    let heard = 0;
    for (let n = 0; n < 200; n++) many.add(`p_${n}`, () => (heard += 1));
    await eventually('all are told', () => heard === 200);
    expect(most).toBe(32);
  });

  it('says nothing to who has ended its watch, not even what is on its way', async () => {
    const { heard, listener } = listening();
    const stop = watchers.add(id, listener);
    stop();
    watchers.told(id, { entry: changed, revision: 2 });
    watchers.doubtAll();
    watchers.retry();
    await Promise.resolve();
    expect(heard).toEqual([]);
  });

  it('tells the others when one listener throws', async () => {
    watchers.add(id, () => {
      throw new Error('broken listener');
    });
    const { heard, listener } = listening();
    watchers.add(id, listener);
    await eventually('the other listener heard', () => heard.length === 1);
    expect(errors.map(({ message }) => message)).toEqual(['broken listener']);
  });
});
