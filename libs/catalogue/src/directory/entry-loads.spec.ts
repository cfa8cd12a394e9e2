import { describe, expect, it, jest } from '@jest/globals';
import { entryFrom } from '../new-entry.js';
import type { StreamEntry } from '../stream-entry.js';
import { EntryLoads } from './entry-loads.js';

const entry = { ...entryFrom({ kind: 'workflow', type: 'workflow', workspace: 'w' }), revision: 1 };

/** Loads whose answers the test gives. */
function loadsByHand() {
  const answers: ((found: StreamEntry | undefined) => void)[] = [];
  const onLoaded = jest.fn();
  const read = jest.fn(() => new Promise<StreamEntry | undefined>((resolve) => answers.push(resolve)));
  return { loads: new EntryLoads({ read, onLoaded }), answers, read, onLoaded };
}

describe('EntryLoads', () => {
  it('asks once for however many want the same entry', async () => {
    const { loads, answers, read } = loadsByHand();
    const wanted = [loads.load(entry.id), loads.load(entry.id)];
    answers[0]?.(entry);
    expect(await Promise.all(wanted)).toEqual([
      { entry, revision: 1 },
      { entry, revision: 1 },
    ]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('answers what the feed told meanwhile when that is newer', async () => {
    const { loads, answers, onLoaded } = loadsByHand();
    const wanted = loads.load(entry.id);
    const told = { entry: undefined, revision: 2 };
    loads.told(entry.id, told);
    answers[0]?.(entry);
    expect(await wanted).toEqual(told);
    expect(onLoaded).toHaveBeenCalledWith(entry.id, told, expect.any(Number));
  });

  it('keeps to the answer when what the feed told is older', async () => {
    const { loads, answers } = loadsByHand();
    const wanted = loads.load(entry.id);
    loads.told(entry.id, { entry, revision: 1 });
    answers[0]?.({ ...entry, revision: 3 });
    expect((await wanted).revision).toBe(3);
  });

  it('remembers no answer to a question from before a new start', async () => {
    const { loads, answers, onLoaded } = loadsByHand();
    const before = loads.load(entry.id);
    loads.disownAll();
    const after = loads.load(entry.id);
    answers[0]?.(entry);
    answers[1]?.({ ...entry, revision: 2 });
    expect((await before).revision).toBe(1);
    expect((await after).revision).toBe(2);
    expect(onLoaded).toHaveBeenCalledTimes(1);
  });
});
