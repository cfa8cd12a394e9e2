import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newStreamId } from '#libs/contracts';
import { eventually } from '#libs/testing';
import { HistoryCare } from '../history/history-care.js';
import { startTestIngest, type TestIngest } from './fixtures/test-ingest.js';
import { refOf } from './managed-streams.js';

let ingest: TestIngest;
let key: string;
beforeAll(async () => {
  ingest = await startTestIngest({ env: { RUNNEL_MAX_LONG_HISTORIES: '2' } });
  key = ingest.key();
  await eventually('events can be stored', () => ingest.eventLog.tryWrite().then(() => true));
});
afterAll(() => ingest?.close());

const make = async (as = key): Promise<string> =>
  (await ingest.call('POST', '/v1/workflows', { key: as, body: { name: 'w' } })).body.id;
const change = (id: string, history: unknown, as = key) =>
  ingest.call('PUT', `/v1/streams/${id}`, { key: as, body: { history } });
const describeStream = async (id: string) => (await ingest.call('GET', `/v1/streams/${id}`, { key })).body;
const care = () =>
  new HistoryCare(ingest.catalogue, ingest.eventLog, { warn: (fault: unknown) => fault } as never);

/** Appends numbers under the limits that are in force. */
async function publish(id: string, from: number, to: number): Promise<void> {
  const entry = await ingest.catalogue.get(id);
  if (entry === undefined) throw new Error('There is no such stream.');
  const events = Array.from({ length: to - from }, (_, n) => ({
    channel: 'c',
    payload: Buffer.from(String(from + n)),
  }));
  await ingest.eventLog.append(refOf(entry), events);
}

async function kept(id: string): Promise<{ total: number; first: unknown; last: unknown }> {
  const { body } = await ingest.call('GET', `/v1/streams/${id}/events?limit=1`, { key });
  const entry = await ingest.catalogue.get(id);
  const oldest =
    entry && (await ingest.eventLog.kept.page(refOf(entry), { limit: 1, afterSeq: 0 })).events[0];
  const first = oldest && JSON.parse(Buffer.from(oldest.payload).toString());
  return { total: body.page_info.total_count, first, last: body.data[0]?.payload };
}

describe('PUT /v1/streams/:id with a history', () => {
  it('changes what it is given, shows it, and leaves the rest', async () => {
    const id = await make();
    expect((await describeStream(id)).history).toEqual({ max_events: 100, max_age_s: null });
    expect(await change(id, { max_age_s: 60 })).toMatchObject({
      status: 200,
      body: { visibility: 'public', history: { max_events: 100, max_age_s: 60 } },
    });
    const body = { visibility: 'private', history: { max_events: 7 } };
    expect((await ingest.call('PUT', `/v1/streams/${id}`, { key, body })).body).toMatchObject({
      visibility: 'private',
      history: { max_events: 7, max_age_s: 60 },
    });
    expect((await change(id, { max_age_s: null })).body.history).toEqual({ max_events: 7, max_age_s: null });
    const list = (await ingest.call('GET', '/v1/streams', { key })).body.data;
    expect(list.find((stream: { id: string }) => stream.id === id).history.max_events).toBe(7);
  });

  it.each([
    [{ max_events: 0 }, 'history.max_events'],
    [{ max_events: 10_001 }, 'history.max_events'],
    [{ max_events: 1.5 }, 'history.max_events'],
    [{ max_events: '10' }, 'history.max_events'],
    [{ max_events: null }, 'history.max_events'],
    [{ max_age_s: 0 }, 'history.max_age_s'],
    [{ max_age_s: 31_536_001 }, 'history.max_age_s'],
    [{ max_age_s: 'day' }, 'history.max_age_s'],
    [{ max_bytes: 5 }, 'history.max_bytes'],
    ['all', 'history'],
  ])('refuses %j and names %s', async (history, field) => {
    const id = await make();
    expect(await change(id, history)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    expect((await describeStream(id)).history.max_events).toBe(100);
  });

  it('keeps a flood of thousands that comes right after it, and no more than was asked for', async () => {
    const id = await make();
    await change(id, { max_events: 1_500 });
    await publish(id, 0, 1_000);
    await publish(id, 1_000, 2_000);
    expect(await kept(id)).toEqual({ total: 1_500, first: 500, last: 1_999 });
    expect((await describeStream(id)).event_count).toBe(1_500);
    await change(id, { max_events: 3 });
    expect(await kept(id)).toEqual({ total: 3, first: 1_997, last: 1_999 });
    await change(id, { max_events: 1_500 });
    await publish(id, 2_000, 2_010);
    expect(await kept(id)).toEqual({ total: 13, first: 1_997, last: 2_009 });
    await ingest.call('DELETE', `/v1/workflows/${id}`, { key });
    expect(await ingest.eventLog.keeper.archived()).not.toContain(id);
  });

  it('has a limit for long histories in a workspace, which does not touch others', async () => {
    const mine = ingest.key(['manage'], ['*'], 'ws_many');
    const ids = [await make(mine), await make(mine), await make(mine)] as const;
    const asked = await Promise.all(ids.map((id) => change(id, { max_events: 401 }, mine)));
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    const refused = ids[asked.findIndex(({ status }) => status === 429)] as string;
    expect((await change(refused, { max_events: 400 }, mine)).status).toBe(200);
    expect((await change(await make(), { max_events: 401 })).status).toBe(200);
    const other = ids.find((id) => id !== refused) as string;
    expect((await change(other, { max_events: 9_000 }, mine)).status).toBe(200);
    await change(other, { max_events: 50 }, mine);
    expect((await change(refused, { max_events: 401 }, mine)).status).toBe(200);
  });
});

describe('the care of histories', () => {
  it('makes an archive that is missing, and removes what nobody wants for two rounds', async () => {
    const mine = ingest.key(['manage'], ['*'], 'ws_care');
    const id = await make(mine);
    await change(id, { max_events: 500 }, mine);
    await ingest.eventLog.keeper.unarchive({ stream: id });
    const stranger = { workspace: 'ws_care', stream: newStreamId('workflow') };
    await ingest.eventLog.keeper.prepare({ ...stranger, history: { maxEvents: 500, maxAgeS: null } });
    const careful = care();
    await careful.round();
    expect((await ingest.eventLog.keeper.archived('ws_care')).sort()).toEqual([id, stranger.stream].sort());
    await careful.round();
    expect(await ingest.eventLog.keeper.archived('ws_care')).toEqual([id]);
  });

  it('deletes what has become too old', async () => {
    const id = await make();
    await publish(id, 0, 20);
    await change(id, { max_age_s: 1 });
    await eventually('nothing is shown', async () => (await kept(id)).total === 0);
    await care().round();
    const entry = await ingest.catalogue.get(id);
    expect(await ingest.eventLog.newest({ workspace: 'default', stream: entry?.id ?? '' }, 100)).toEqual([]);
  });
});
