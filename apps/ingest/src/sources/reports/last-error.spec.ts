import { describe, expect, it } from '@jest/globals';
import type { SourceState, SourceStates } from '#libs/source-state';
import { eventually } from '#libs/testing';
import { LastErrorKeeper } from './last-error.js';

/** States in memory, which count what they are asked. */
class FakeStates {
  kept: SourceState | undefined;
  reads = 0;
  writes = 0;
  reachable = true;
  private revision = 0;

  async read() {
    this.reads += 1;
    if (!this.reachable) throw new Error('away');
    return this.kept;
  }

  async write(_id: string, _slot: string, value: unknown) {
    this.writes += 1;
    this.revision += 1;
    this.kept = { value, revision: this.revision };
    return this.revision;
  }

  async remove(_id: string, _slot: string, revision: number) {
    if (this.kept?.revision === revision) this.kept = undefined;
  }
}

const error = (message: string) => ({ message, at: '2026-01-01T00:00:00.000Z' });

function keeperOn(states: FakeStates): LastErrorKeeper {
  return new LastErrorKeeper(states as unknown as SourceStates, 'dc_1');
}

describe('LastErrorKeeper', () => {
  it('writes an error, and takes it away with the next success', async () => {
    const states = new FakeStates();
    const keeper = keeperOn(states);
    keeper.set(error('no'));
    await eventually('it is written', () => states.kept);
    keeper.set(null);
    await eventually('it is taken away', () => states.kept === undefined);
  });

  it('ends with what was said last, however fast it is said', async () => {
    const states = new FakeStates();
    const keeper = keeperOn(states);
    for (let n = 0; n < 50; n++) keeper.set(n % 2 === 0 ? error(`no ${n}`) : null);
    keeper.set(error('last'));
    await eventually(
      'the last is written',
      () => (states.kept?.value as { message?: string })?.message === 'last',
    );
    expect(states.writes).toBeLessThan(4);
  });

  it('does not write the same error again and again, nor ask at every success', async () => {
    const states = new FakeStates();
    const keeper = keeperOn(states);
    for (let n = 0; n < 100; n++) {
      keeper.set(error('same'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(states.writes).toBe(1);
    for (let n = 0; n < 100; n++) {
      keeper.set(null);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(states.reads).toBe(2);
  });

  it('takes away what another replica has written', async () => {
    const states = new FakeStates();
    await states.write('', '', error('by another'));
    keeperOn(states).set(null);
    await eventually('it is taken away', () => states.kept === undefined);
  });

  it('makes up for a write that failed with the next occasion', async () => {
    const states = new FakeStates();
    const keeper = keeperOn(states);
    states.reachable = false;
    keeper.set(error('no'));
    await eventually('it was tried', () => states.reads === 1);
    states.reachable = true;
    await eventually('it is written', () => {
      keeper.set(error('no'));
      return states.kept;
    });
  });
});
