import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('gives as many places as there are, and no more than are wanted', async () => {
    const slots = new Slots(5);
    expect(await slots.take(2)).toBe(2);
    expect(await slots.take(9)).toBe(3);
  });

  it('lets others wait for a place, in the order in which they came', async () => {
    const slots = new Slots(1);
    await slots.take(1);
    const served: string[] = [];
    for (const name of ['first', 'second']) void slots.take(5).then((n) => served.push(`${name} ${n}`));
    await turn();
    expect(served).toEqual([]);
    slots.giveBack();
    await turn();
    expect(served).toEqual(['first 1']);
    slots.giveBack(3);
    await turn();
    expect(served).toEqual(['first 1', 'second 3']);
  });

  it('wakes the next when one leaves places over', async () => {
    const slots = new Slots(1);
    await slots.take(1);
    const taken = Promise.all([slots.take(1), slots.take(1), slots.take(1)]);
    slots.giveBack(3);
    expect(await taken).toEqual([1, 1, 1]);
  });
});
