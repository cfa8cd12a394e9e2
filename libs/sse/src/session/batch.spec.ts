import { afterEach, describe, expect, it } from '@jest/globals';
import { endFakes, openFake } from '../../test/fake-session.js';
import { parse } from '../../test/parse.js';
import { settle, turn } from '../../test/turns.js';
import { createEventBuffer } from '../events/event-buffer.js';

afterEach(endFakes);

describe('batch', () => {
  it('sends what a callback gathers in one write, when the callback is done', async () => {
    const { session, outlet } = await openFake();
    outlet.writes = 0;
    const sent = session.batch(async (buffer) => {
      buffer.push('one');
      await settle();
      expect(outlet.received).toBe('');
      await buffer.iterate(['two', 'three'], { eventName: 'n' });
    });
    expect(await sent).toBe(true);
    expect(parse(outlet.received).map(({ data }) => data)).toEqual(['"one"', '"two"', '"three"']);
    expect(outlet.writes).toBe(1);
  });

  it('comes behind what was pushed before its callback was done, and before what is pushed after', async () => {
    const { session, outlet } = await openFake();
    const batch = session.batch(async (buffer) => {
      buffer.push('in the batch');
      await turn();
    });
    session.push('pushed meanwhile');
    await batch;
    session.push('pushed after');
    await turn();
    expect(parse(outlet.received).map(({ data }) => JSON.parse(data))).toEqual([
      'pushed meanwhile',
      'in the batch',
      'pushed after',
    ]);
  });

  it('sends a buffer to as many sessions as one likes', async () => {
    const sessions = await Promise.all([openFake(), openFake()]);
    const buffer = createEventBuffer().push('One').push('Two', 'named', '2');
    for (const { session } of sessions) await session.batch(buffer);
    for (const { outlet, session } of sessions) {
      expect(outlet.received).toBe(buffer.read());
      expect(session.lastId).toBe('2');
    }
  });

  it('gives the callback a buffer that writes as the session does', async () => {
    const { session, outlet } = await openFake({ serializer: (data) => `<${data}>`, generateId: () => 'g' });
    await session.batch((buffer) => void buffer.push(1));
    expect(outlet.received).toBe('id: g\ndata: <1>\n\n');
  });

  it('ends an event that was left open, so that the next one does not become part of it', async () => {
    const { session, outlet } = await openFake();
    await session.batch(createEventBuffer().event('open').data(1));
    session.push(2);
    await turn();
    expect(parse(outlet.received)).toEqual([
      { event: 'open', data: '1', id: undefined },
      { event: undefined, data: '2', id: undefined },
    ]);
  });

  it('sends nothing when the callback fails, and hands the failure on', async () => {
    const { session, outlet } = await openFake();
    const failing = session.batch((buffer) => {
      buffer.push(1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await settle();
    expect(outlet.received).toBe('');
  });
});
