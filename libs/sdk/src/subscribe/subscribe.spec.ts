import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { Listening } from '../fixtures/listening.js';
import { streamEvents } from './subscribe.js';

const here = new Listening(eventually);

describe('subscribe', () => {
  it('delivers history and then live events, with channel, cursor and data as they were sent', async () => {
    here.server.publish({ n: 1 }, 'tick');
    here.listen();
    await here.heard({ n: 1 });
    here.server.publish('two');
    await here.heard({ n: 1 }, 'two');
    expect(here.events).toEqual([
      { id: 'e1-1', channel: 'tick', payload: { n: 1 }, data: '{"n":1}' },
      { id: 'e1-2', channel: undefined, payload: 'two', data: '"two"' },
    ]);
  });

  it('sends the credential, the replay and the channels that it was given', async () => {
    here.listen({ apiKey: 'rnl_key', replay: 5, channels: ['a', 'b&c'] });
    await here.requests(1);
    expect(here.header(0, 'authorization')).toBe('Bearer rnl_key');
    expect(here.server.requests[0]?.url).toBe('/pipelines/p_1/sse?replay=5&channel=a&channel=b%26c');
  });

  it('asks for a credential anew before each connection when it is given a function', async () => {
    let count = 0;
    here.listen({ apiKey: async () => `ticket-${++count}` });
    await here.connected();
    here.server.end();
    await here.requests(2);
    expect([here.header(0, 'authorization'), here.header(1, 'authorization')]).toEqual([
      'Bearer ticket-1',
      'Bearer ticket-2',
    ]);
  });

  it.each(['in order', 'broken'] as const)('resumes by cursor after a connection ends %s', async (how) => {
    here.server.publish(1);
    here.listen({ replay: 1 });
    await here.heard(1);
    here.server.end(how);
    here.server.publish(2);
    await here.heard(1, 2);
    expect(here.server.requests[1]?.url).toBe('/pipelines/p_1/sse?last_event_id=e1-1');
  });

  it('begins after the cursor that it is given', async () => {
    here.server.publish(1);
    here.server.publish(2);
    here.listen({ lastEventId: 'e1-1' });
    await here.heard(2);
  });

  it('sends no header of its own, for which a browser would ask another origin for leave', async () => {
    here.listen({ lastEventId: 'e1-1' });
    await here.requests(1);
    expect(here.header(0, 'last-event-id')).toBeUndefined();
    expect(here.header(0, 'authorization')).toBeUndefined();
  });

  it('begins after any cursor, whatever it is made of', async () => {
    here.listen({ lastEventId: 'ä' });
    await here.requests(1);
    expect(here.server.requests[0]?.url).toBe('/pipelines/p_1/sse?last_event_id=%C3%A4');
  });

  it('waits for a service that refuses connections, and resumes when it is back', async () => {
    here.server.publish(1);
    here.listen();
    await here.heard(1);
    const { port } = here.server;
    await here.server.stop();
    await eventually('a refused attempt', () =>
      here.states.some(
        ({ state, ...rest }) => state === 'waiting' && JSON.stringify(rest).includes('refused'),
      ),
    );
    here.server.publish(2);
    await here.server.listen(port);
    await here.heard(1, 2);
  });

  it('reports a gap with the cursor that was lost, and goes on with what is kept', async () => {
    here.server.publish(1);
    here.listen();
    await here.heard(1);
    here.server.end();
    here.server.epoch = 'e2';
    here.server.kept.length = 0;
    here.server.publish(2);
    await here.heard(1, 2);
    expect(here.gaps).toEqual([{ requested: 'e1-1', oldest: 'e2-2', newest: 'e2-2' }]);
  });

  it('drops what it has delivered before', async () => {
    for (const n of [1, 2, 3]) here.server.publish(n);
    here.listen();
    await here.heard(1, 2, 3);
    here.server.kept.pop();
    here.server.end();
    here.server.publish(4);
    await here.heard(1, 2, 3, 4);
    expect(here.gaps).toHaveLength(1);
  });
});

describe('streamEvents', () => {
  it('gives events one by one, and ends the connection when the loop is left', async () => {
    for (const n of [1, 2, 3]) here.server.publish(n);
    const taken: unknown[] = [];
    for await (const { payload } of streamEvents(here.url)) {
      taken.push(payload);
      if (taken.length === 2) break;
    }
    expect(taken).toEqual([1, 2]);
    await here.disconnected();
  });
});
