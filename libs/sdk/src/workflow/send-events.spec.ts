import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunnelClient } from '../client/runnel-client.js';
import { ConnectError, RunnelError } from '../errors.js';
import { SendError } from './errors.js';
import { type Fault, PublishStandIn } from './fixtures/publish-stand-in.js';
import { sendEvents } from './send-events.js';

let service: PublishStandIn;
beforeEach(async () => {
  service = await PublishStandIn.start();
});
afterEach(() => service.stop());

const eventsOf = (count: number, bytes = 4) =>
  Array.from({ length: count }, (_, n) => ({ channel: 'a', payload: n, bytes }));
const send = (events: ReturnType<typeof eventsOf>, runId = 'run-1') =>
  sendEvents({ runId, events }, { client: new RunnelClient({ baseUrl: service.url }), workflow: 'names' });
const failureOf = (sending: Promise<unknown>) =>
  sending.then(() => undefined).catch((error: unknown) => error);

describe('sendEvents', () => {
  it('sends one batch, in call order, to the stream of the workflow', async () => {
    const sent = await send(eventsOf(3));
    expect(service.requests).toHaveLength(1);
    expect(service.requests[0]).toMatchObject({ path: '/v1/streams/names/events', key: 'run-1.0' });
    expect(service.stored).toEqual([0, 1, 2].map((payload) => ({ channel: 'a', payload })));
    expect(sent.map(({ id }) => id)).toEqual(['e1-1', 'e1-2', 'e1-3']);
  });

  it('sends nothing when there is nothing', async () => {
    expect(await send([])).toEqual([]);
    expect(service.requests).toEqual([]);
  });

  it('sends more than a request may hold as several batches in order, each with a key of its own', async () => {
    const sent = await send(eventsOf(2_500));
    expect(service.requests.map(({ key, events }) => [key, events.length])).toEqual([
      ['run-1.0', 1_000],
      ['run-1.1', 1_000],
      ['run-1.2', 500],
    ]);
    expect(service.stored.map(({ payload }) => payload)).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
    expect(sent).toHaveLength(2_500);
  });

  it('counts the bytes of a batch as well', async () => {
    await send(eventsOf(40, 512 * 1024));
    expect(service.requests.map(({ events }) => events.length)).toEqual([29, 11]);
  });

  it.each<Fault>([{ status: 503 }, 'lost', 'lost after storing'])(
    'tries again after %j, and stores once',
    async (fault) => {
      service.faults.push(fault, fault);
      await send(eventsOf(2));
      expect(service.requests.map(({ key }) => key)).toEqual(['run-1.0', 'run-1.0', 'run-1.0']);
      expect(service.stored).toHaveLength(2);
    },
  );

  it('stores nothing twice when the same run is sent again', async () => {
    await send(eventsOf(2));
    expect((await send(eventsOf(2))).map(({ duplicate }) => duplicate)).toEqual([true, true]);
    expect(service.stored).toHaveLength(2);
  });

  it('stops at the batch that is refused, and says what is stored', async () => {
    service.faults.push('lost', { status: 413 });
    const first = await failureOf(send(eventsOf(1_500)));
    expect(first).toMatchObject({ code: 'send-failed', runId: 'run-1', sent: [], unsent: 1_500 });

    service.faults.push('lost after storing', { status: 503 }, { status: 403 });
    const second = await failureOf(send(eventsOf(1_000), 'run-2'));
    expect((second as SendError).cause).toBeInstanceOf(RunnelError);
    expect(second).toMatchObject({
      unsent: 1_000,
      message: 'The service has not confirmed 1000 of 1000 events of the run: Status 403.',
    });
  });

  it('keeps the answers of the batches before the one that fails', async () => {
    const { length } = service.requests;
    const client = new RunnelClient({ baseUrl: service.url });
    const onceThenGone = {
      publishBatch: async (...args: Parameters<RunnelClient['publishBatch']>) => {
        if (service.requests.length > length) await service.stop();
        return client.publishBatch(args[0], args[1], { ...args[2], patienceMs: 0 });
      },
    };
    const options = { client: onceThenGone, workflow: 'names' };
    const error = await failureOf(sendEvents({ runId: 'run-1', events: eventsOf(1_001) }, options));
    expect(error).toBeInstanceOf(SendError);
    expect((error as SendError).sent).toHaveLength(1_000);
    expect(error).toMatchObject({ unsent: 1 });
    expect((error as SendError).cause).toBeInstanceOf(ConnectError);
  });
});
