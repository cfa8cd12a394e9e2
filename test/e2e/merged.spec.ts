import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, SseCapture, SYSTEM_START_MS, type System, startSystem } from '#libs/testing';

const STREAMS = 50;
const READERS = 8;
/** Fewer than are kept, so that no reader can fall out of the history. */
const EVENTS_EACH = 40;

let system: System;
beforeAll(async () => {
  system = await startSystem({ gateways: 2 });
}, SYSTEM_START_MS);
afterAll(() => system.stop(), 60_000);

/** Publishes 0, 1, 2 … to each stream, all streams at once, in no order among them. */
async function publishToAll(streams: readonly string[]): Promise<void> {
  await Promise.all(
    streams.map(async (stream) => {
      for (let n = 0; n < EVENTS_EACH; n += 1) {
        const event = { channel: 'n', payload: n };
        const { status } = await system.call('ingest', 'POST', `/v1/streams/${stream}/events`, event);
        expect(status).toBe(201);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      }
    }),
  );
}

/** Reads all streams on one connection, which it breaks at random moments to go on at the other gateway. */
async function readAll(streams: readonly string[], done: () => boolean) {
  const seen = new Map<string, number[]>(streams.map((stream) => [stream, []]));
  const query = streams.map((stream) => `stream=${stream}`).join('&');
  let cursor = '';
  let gaps = 0;
  let total = 0;
  for (let round = 0; total < STREAMS * EVENTS_EACH; round += 1) {
    const { url } = system.gateways[round % 2] as { url: string };
    const connection = await SseCapture.open(`${url}/v1/sse?${query}&envelope=1`, {
      'last-event-id': cursor,
    });
    const enough = total + 1 + Math.random() * 400;
    await eventually(
      'the next events',
      () => total + connection.events.length >= (done() ? STREAMS * EVENTS_EACH : enough),
      30_000,
    );
    connection.close();
    for (const { event, data, id } of connection.events) {
      cursor = id ?? '';
      total += 1;
      if (event === 'runnel.gap') gaps += 1;
      else {
        const { stream, payload } = JSON.parse(data);
        seen.get(stream)?.push(payload);
      }
    }
  }
  return { seen, gaps };
}

describe('fifty streams on one connection', () => {
  it('lose and repeat nothing while their readers break off and go on at another gateway', async () => {
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, async (_, n) => {
        const { body } = await system.call('ingest', 'POST', '/v1/workflows', { name: `many-${n}` });
        return body.id as string;
      }),
    );
    let published = false;
    const publishing = publishToAll(streams).then(() => {
      published = true;
    });
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => readAll(streams, () => published)),
    );
    await publishing;
    const whole = Array.from({ length: EVENTS_EACH }, (_, n) => n);
    for (const { seen, gaps } of readers) {
      expect(gaps).toBe(0);
      for (const numbers of seen.values()) expect(numbers).toEqual(whole);
    }
  }, 120_000);
});
