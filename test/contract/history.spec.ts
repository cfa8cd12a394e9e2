import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, Standalone } from '#libs/testing';

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start();
}, 60_000);
afterAll(async () => {
  await runnel.stop();
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** A workflow with the numbers from 0 on, on two channels by turns, and the events' ids. */
async function numbers(count: number): Promise<{ id: string; ids: string[] }> {
  const id = await runnel.workflow();
  const ids = await runnel.publish(
    id,
    range(0, count).map((payload) => ({ channel: payload % 2 ? 'odd' : 'even', payload })),
  );
  return { id, ids };
}

const page = async (id: string, query = '') =>
  (await runnel.call('GET', `/v1/streams/${id}/events${query}`)).body;
const payloads = (body: { data: { payload: unknown }[] }) => body.data.map(({ payload }) => payload);

async function replayed(id: string, count: number): Promise<unknown[]> {
  const stream = await runnel.subscribe(`/pipelines/${id}/sse`);
  await eventually('the first bytes', () => stream.comments.length > 0);
  await stream.count(count);
  stream.close();
  return stream.values;
}

describe('the history of a stream', () => {
  it('shows the newest 10, newest last, with their ids, times and channels', async () => {
    const before = Date.now();
    const { id, ids } = await numbers(30);
    const body = await page(id);
    expect(payloads(body)).toEqual(range(20, 30));
    expect(body.page_info).toEqual({
      total_count: 30,
      count: 10,
      start_cursor: ids[20],
      end_cursor: ids[29],
    });
    expect(body.data[9]).toEqual({ id: ids[29], ts: expect.any(Number), channel: 'odd', payload: 29 });
    expect(Math.abs(body.data[9].ts - before)).toBeLessThan(10_000);
  });

  it('is paged through both ways', async () => {
    const { id, ids } = await numbers(30);
    expect(payloads(await page(id, `?limit=5&before=${ids[20]}`))).toEqual(range(15, 20));
    expect(payloads(await page(id, `?limit=5&after=${ids[20]}`))).toEqual(range(21, 26));
    expect(payloads(await page(id, `?limit=100&after=${ids[29]}`))).toEqual([]);
  });

  it('can be looked at by channel', async () => {
    const { id } = await numbers(30);
    const body = await page(id, '?limit=3&channel=odd');
    expect(payloads(body)).toEqual([25, 27, 29]);
    expect(body.page_info.total_count).toBe(15);
  });

  it('is empty before the first event', async () => {
    expect(await page(await runnel.workflow())).toEqual({
      page_info: { total_count: 0, count: 0, start_cursor: null, end_cursor: null },
      data: [],
    });
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'before=abc',
    'after=-1',
    'channel=',
    'order=asc',
    'limit=1&limit=2',
  ])('refuses ?%s with 400', async (query) => {
    const { status } = await runnel.call('GET', `/v1/streams/${await runnel.workflow()}/events?${query}`);
    expect(status).toBe(400);
  });

  it('is for keys with subscribe or manage, and for nobody else', async () => {
    const { id } = await numbers(1);
    const make = async (scopes: string[]) =>
      (await runnel.call('POST', '/v1/keys', { name: 'k', scopes })).body.key;
    expect(
      (await runnel.call('GET', `/v1/streams/${id}/events`, undefined, await make(['subscribe']))).status,
    ).toBe(200);
    expect(
      (await runnel.call('GET', `/v1/streams/${id}/events`, undefined, await make(['publish']))).status,
    ).toBe(403);
    expect((await fetch(`${runnel.url}/v1/streams/${id}/events`)).status).toBe(401);
  });

  it("has Pipedream's form for sources: newest first, events on request", async () => {
    const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const ids = await runnel.publish(
      source.id,
      range(0, 3).map((payload) => ({ payload })),
    );
    const { body } = await runnel.call(
      'GET',
      `/v1/sources/${source.id}/event_summaries?limit=2&expand=event`,
    );
    expect(body.page_info).toMatchObject({
      total_count: 3,
      count: 2,
      start_cursor: ids[2],
      end_cursor: ids[1],
    });
    expect(body.data).toEqual([
      { id: ids[2], indexed_at_ms: expect.any(Number), metadata: { emit_id: ids[2] }, event: 2 },
      { id: ids[1], indexed_at_ms: expect.any(Number), metadata: { emit_id: ids[1] }, event: 1 },
    ]);
  });
});

describe('deleting events', () => {
  it('takes a range out of history and replay, while subscribers keep going', async () => {
    const { id, ids } = await numbers(10);
    const here = await runnel.subscribe(`/pipelines/${id}/sse`);
    await here.count(10);
    const { status } = await runnel.call(
      'DELETE',
      `/v1/streams/${id}/events?start_id=${ids[2]}&end_id=${ids[5]}`,
    );
    expect(status).toBe(204);
    const left = [0, 1, 6, 7, 8, 9];
    expect(payloads(await page(id))).toEqual(left);
    await eventually('the replay has forgotten them too', async () => (await replayed(id, 6)).length === 6);
    expect(await replayed(id, 6)).toEqual(left);
    await runnel.publish(id, { channel: 'even', payload: 10 });
    await here.count(11);
    expect(here.values).toEqual(range(0, 11));
    here.close();
    expect(await replayed(id, 7)).toEqual([...left, 10]);
  });

  it('takes all of them out when no range is given', async () => {
    const { id } = await numbers(10);
    expect((await runnel.call('DELETE', `/v1/streams/${id}/events`)).status).toBe(204);
    expect((await page(id)).page_info.total_count).toBe(0);
    await runnel.publish(id, { channel: 'c', payload: 'new' });
    expect(await replayed(id, 1)).toEqual(['new']);
  });

  it('refuses what is no range of this stream, and keys that may not', async () => {
    const { id, ids } = await numbers(3);
    for (const query of [
      `start_id=${ids[2]}&end_id=${ids[0]}`,
      'start_id=abc',
      'end_id=0123456789ab-1',
      'from=1',
    ]) {
      expect((await runnel.call('DELETE', `/v1/streams/${id}/events?${query}`)).status).toBe(400);
    }
    const reader = (await runnel.call('POST', '/v1/keys', { name: 'k', scopes: ['subscribe'] })).body.key;
    expect((await runnel.call('DELETE', `/v1/streams/${id}/events`, undefined, reader)).status).toBe(403);
    expect((await page(id)).page_info.total_count).toBe(3);
  });
});
