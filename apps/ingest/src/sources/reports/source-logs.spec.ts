import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, SseCapture } from '#libs/testing';
import { startTestIngest, type TestIngest } from '../../streams/fixtures/test-ingest.js';

let ingest: TestIngest;
let key: string;
const open: SseCapture[] = [];

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key();
});

afterEach(() => {
  for (const capture of open.splice(0)) capture.close();
});

afterAll(() => ingest?.close());

async function deploy(settings: object): Promise<{ id: string; endpoint: string }> {
  return (await ingest.call('POST', '/v1/sources', { key, body: settings })).body;
}

async function follow(id: string, credential = key, method = 'GET'): Promise<SseCapture> {
  const headers = { authorization: `Bearer ${credential}` };
  const capture = await SseCapture.open(`${ingest.url}/sources/${id}/logs/sse`, headers, method);
  open.push(capture);
  return capture;
}

const messages = ({ values }: SseCapture) => (values as { message: string }[]).map(({ message }) => message);

describe('the log of a source', () => {
  it('is streamed to whoever follows it, and to nobody else', async () => {
    const [source, other] = [await deploy({ type: 'http' }), await deploy({ type: 'http' })];
    const captures = [await follow(source.id), await follow(source.id)];
    expect(captures[0]).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
    await eventually('lines come to both', async () => {
      await fetch(other.endpoint, { method: 'PUT' });
      await fetch(source.endpoint, { method: 'POST' });
      return captures.every(({ events }) => events.length > 0);
    });
    for (const capture of captures) expect(new Set(messages(capture))).toEqual(new Set(['POST: stored']));
    expect(captures[0]?.values[0]).toEqual({
      ts: expect.any(Number),
      level: 'info',
      message: 'POST: stored',
    });
    expect(captures[0]?.events[0]?.event).toBeUndefined();
  });

  it('begins with the last error of the source', async () => {
    const source = await deploy({ type: 'http', signature: { type: 'github', secret: 's' } });
    expect((await fetch(source.endpoint, { method: 'POST' })).status).toBe(401);
    await eventually('the error is kept', async () => {
      const { body } = await ingest.call('GET', `/v1/sources/${source.id}`, { key });
      return body.last_error;
    });
    const [first] = await (await follow(source.id)).count(1);
    expect(JSON.parse(first?.data ?? '')).toEqual({
      ts: expect.any(Number),
      level: 'error',
      message: 'A request was refused: The header X-Hub-Signature-256 is missing.',
    });
  });

  it('tells of the life of a source that runs', async () => {
    const source = await deploy({ type: 'timer', interval_seconds: 1 });
    const capture = await follow(source.id);
    await eventually('a tick is told', () => messages(capture).some((message) => /^Tick .*Z$/.test(message)));
    await ingest.call('PUT', `/v1/sources/${source.id}`, { key, body: { active: false } });
    await eventually('its end is told', () => messages(capture).includes('Stopped'));
    await ingest.call('PUT', `/v1/sources/${source.id}`, { key, body: { active: true } });
    await eventually('its start is told', () => messages(capture).includes('Started'));
  });

  it('is for credentials with subscribe or manage on the source, and for no others', async () => {
    const { id } = await deploy({ type: 'http' });
    for (const scope of ['subscribe', 'manage'] as const) {
      expect((await follow(id, ingest.key([scope], [id]))).status).toBe(200);
    }
    const path = `/sources/${id}/logs/sse`;
    expect((await ingest.call('GET', path)).status).toBe(401);
    expect((await ingest.call('GET', path, { key: 'rnl_made_up' })).status).toBe(401);
    expect((await ingest.call('GET', path, { key: ingest.key(['publish']) })).status).toBe(403);
    const elsewhere = ingest.key(['subscribe'], [`dc_${'0'.repeat(22)}`]);
    expect((await ingest.call('GET', path, { key: elsewhere })).status).toBe(403);
    expect((await ingest.call('GET', path, { key: ingest.key(['manage'], ['*'], 'other') })).status).toBe(
      404,
    );
    const workflow = (await ingest.call('POST', '/v1/workflows', { key, body: { name: 'w' } })).body;
    expect((await ingest.call('GET', `/sources/${workflow.id}/logs/sse`, { key })).status).toBe(404);
  });

  it('answers HEAD with its head alone, and can be found by the name of its source', async () => {
    const { id } = await deploy({ type: 'http', name: 'named' });
    const head = await follow(id, key, 'HEAD');
    await head.end();
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect((await follow('named')).status).toBe(200);
  });

  it('ends with the source, and says why', async () => {
    const { id } = await deploy({ type: 'http' });
    const capture = await follow(id);
    await ingest.call('DELETE', `/v1/sources/${id}`, { key });
    await capture.end();
    expect(capture.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"stream-deleted"}',
    });
  });
});
