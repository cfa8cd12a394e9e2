import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, Standalone } from '#libs/testing';

/*
 * Raw captures of what goes over the wire, byte for byte, so that any change of it is seen in review. What differs
 * from run to run is written as a word: <retry> for the milliseconds, <epoch> for the log's epoch, and the
 * sequences count from 1 because the log is fresh.
 */
const golden = readFile(new URL('./wire.golden', import.meta.url), 'utf8').then(
  (text) =>
    new Map(
      text
        .split(/^=== (.*)\n/m)
        .slice(1)
        .flatMap((part, n, all) => (n % 2 === 0 ? [[part, all[n + 1] ?? '']] : [])) as [string, string][],
    ),
);

let nats: NatsServer;
let runnel: Standalone;
beforeAll(async () => {
  nats = await startNatsServer();
  runnel = await Standalone.start({ NATS_URL: nats.url, RUNNEL_SHARDS: '1' });
}, 60_000);
afterAll(async () => {
  await runnel.stop();
  await nats.stop();
});

/** The bytes as the golden file has them: CR shown, because an editor would lose it. */
function normal(raw: string): string {
  return raw
    .replace(/^retry: [1-5]\d{3}$/m, 'retry: <retry>')
    .replace(/\b[0-9a-f]{12}-(b?\d+)/g, (_all, seq: string) => `<epoch>-${seq}`)
    .replace(/\r/g, '<CR>');
}

async function capture(path: string, events: number, headers: Record<string, string> = {}): Promise<string> {
  const stream = await runnel.subscribe(path, headers);
  await stream.count(events);
  await eventually('the first bytes', () => stream.raw.includes('\n\n:'));
  stream.close();
  return stream.raw;
}

/** Sequences begin at 1 for each case: the log is one shard, and everything in it belongs to somebody else. */
function relative(text: string): string {
  const seqs = [...text.matchAll(/<epoch>-b?(\d+)/g)].map(([, seq]) => Number(seq));
  const first = Math.min(...seqs);
  return text.replace(
    /<epoch>-(b?)(\d+)/g,
    (_all, before: string, seq: string) => `<epoch>-${before}${Number(seq) - first + 1}`,
  );
}

async function expectGolden(name: string, raw: string): Promise<void> {
  expect(`\n${relative(normal(raw))}`).toBe(
    `\n${(await golden).get(name) ?? `nothing is recorded as "${name}"`}`,
  );
}

describe('the wire', () => {
  it('begins a workflow stream with retry and its heartbeat', async () => {
    await expectGolden(
      'workflow stream, first bytes',
      await capture(`/pipelines/${await runnel.workflow()}/sse`, 0),
    );
  });

  it('begins a source stream with retry and its handshake', async () => {
    const { body } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const raw = await capture(`/sources/${body.id}/sse`, 0, { authorization: `Bearer ${runnel.adminKey}` });
    await expectGolden('source stream, first bytes', raw);
  });

  it('names the events of a workflow', async () => {
    const id = await runnel.workflow();
    await runnel.publish(id, [
      { channel: 'events', payload: { name: 'Luke' } },
      { channel: 'canal/ü 日本 🚀', payload: 1 },
    ]);
    await expectGolden('named events', await capture(`/pipelines/${id}/sse`, 2));
  });

  it('leaves the events of a source unnamed', async () => {
    const { body } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    await runnel.publish(body.id, { payload: { hello: 'world' } });
    const raw = await capture(`/sources/${body.id}/sse`, 1, { authorization: `Bearer ${runnel.adminKey}` });
    await expectGolden('unnamed event', raw);
  });

  it('writes every string as JSON, on one line', async () => {
    const id = await runnel.workflow();
    const strings = [
      '',
      ' ',
      'one\ntwo',
      'one\r\ntwo',
      'one\rtwo',
      'one\u2028two\u2029three\u0085four',
      'nul \0',
      '<b>&"quoted"</b>',
      '\ud800',
    ];
    await runnel.publish(
      id,
      strings.map((payload) => ({ channel: 'c', payload })),
    );
    await expectGolden('strings', await capture(`/pipelines/${id}/sse`, strings.length));
  });

  it('writes JSON of several lines, as a NATS publisher may send it, as several data lines', async () => {
    const id = await runnel.workflow();
    const { body } = await runnel.call('GET', `/v1/streams/${id}`);
    const connection = await connect({ servers: nats.url });
    const { headers } = await import('@nats-io/nats-core');
    const fields = headers();
    fields.set('Runnel-Channel', 'c');
    for (const text of ['{\n  "a": 1\n}', '{\r\n"a": 1\r\n}', '[\r1]']) {
      await connection.request(body.nats_subject, text, { headers: fields, timeout: 5_000 });
    }
    await connection.close();
    await expectGolden('several lines', await capture(`/pipelines/${id}/sse`, 3));
  });

  it('tells of a gap before it replays', async () => {
    const id = await runnel.workflow();
    await runnel.publish(id, [
      { channel: 'c', payload: 1 },
      { channel: 'c', payload: 2 },
    ]);
    await expectGolden('gap', await capture(`/pipelines/${id}/sse`, 3, { 'last-event-id': 'nonsense' }));
    const empty = await runnel.workflow();
    await expectGolden(
      'gap, nothing kept',
      await capture(`/pipelines/${empty}/sse`, 1, { 'last-event-id': 'nonsense' }),
    );
  });

  it('tells why it closes a stream', async () => {
    const id = await runnel.workflow();
    await runnel.publish(id, { channel: 'c', payload: 1 });
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`);
    await stream.count(1);
    await runnel.call('PUT', `/v1/workflows/${id}`, { visibility: 'private' });
    await stream.end();
    await expectGolden('closed', stream.raw);
  });

  it('repeats the heartbeat, and nothing else, while no event flows', async () => {
    const stream = await runnel.subscribe(`/pipelines/${await runnel.workflow()}/sse`);
    await eventually('the second heartbeat', () => stream.comments.length === 2, 17_000);
    stream.close();
    await expectGolden('heartbeat', stream.raw);
  }, 30_000);
});
