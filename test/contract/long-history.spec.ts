import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SseCapture, Standalone } from '#libs/testing';

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start();
}, 60_000);
afterAll(async () => {
  await runnel.stop();
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

async function newStream(maxEvents: number): Promise<string> {
  const id = await runnel.workflow();
  const { status } = await runnel.call('PUT', `/v1/streams/${id}`, { history: { max_events: maxEvents } });
  expect(status).toBe(200);
  return id;
}

async function publishMany(id: string, from: number, to: number): Promise<string[]> {
  const ids: string[] = [];
  for (let start = from; start < to; start += 500) {
    const events = range(start, Math.min(start + 500, to)).map((payload) => ({
      channel: payload % 2 === 0 ? 'even' : 'odd',
      payload,
    }));
    ids.push(...(await runnel.publish(id, events)));
  }
  return ids;
}

function resume(id: string, cursor: string | undefined, query = ''): Promise<SseCapture> {
  return SseCapture.open(`${runnel.url}/pipelines/${id}/sse${query}`, { 'last-event-id': cursor ?? '' });
}

describe('a stream that keeps more than is replayed', () => {
  it('is resumed from anywhere in its history, while events go on', async () => {
    const id = await newStream(2_000);
    const ids = await publishMany(id, 0, 1_200);
    const publishing = publishMany(id, 1_200, 1_700);
    const readers = await Promise.all([0, 500, 1_050, 1_150].map((seen) => resume(id, ids[seen])));
    await publishing;
    for (const [n, seen] of [0, 500, 1_050, 1_150].entries()) {
      const reader = readers[n] as SseCapture;
      await reader.count(1_700 - seen - 1);
      expect(reader.values).toEqual(range(seen + 1, 1_700));
    }
    await runnel.publish(id, { channel: 'odd', payload: 'live' });
    for (const [n, seen] of [0, 500, 1_050, 1_150].entries()) {
      const reader = readers[n] as SseCapture;
      await reader.count(1_700 - seen);
      expect(reader.values.at(-1)).toBe('live');
      reader.close();
    }
    const odd = await resume(id, ids[99], '?channel=odd');
    await odd.count(801);
    expect(odd.values).toEqual([...range(100, 1_700).filter((n) => n % 2 === 1), 'live']);
    odd.close();
  }, 60_000);

  it('replays the last 100 to whoever comes without a cursor', async () => {
    const id = await newStream(1_000);
    await publishMany(id, 0, 600);
    const reader = await resume(id, undefined);
    await reader.count(100);
    expect(reader.values).toEqual(range(500, 600));
    reader.close();
  }, 60_000);

  it('says runnel.gap when a cursor lies before what is kept', async () => {
    const id = await newStream(500);
    const ids = await publishMany(id, 0, 1_200);
    const reader = await resume(id, ids[10]);
    const [gap] = await reader.count(101);
    expect(gap).toMatchObject({ event: 'runnel.gap' });
    expect(JSON.parse(gap?.data ?? '')).toMatchObject({ requested: ids[10] });
    expect(reader.values.slice(1)).toEqual(range(1_100, 1_200));
    reader.close();
  }, 60_000);
});
