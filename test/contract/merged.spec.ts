import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callJson, eventually, SseCapture, Standalone } from '#libs/testing';

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start({
    RUNNEL_CORS_ORIGINS: 'https://app.example',
    RUNNEL_MAX_WAITING_BYTES: '65536',
  });
}, 60_000);
afterAll(async () => {
  await runnel.stop();
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

async function newStreams(count: number): Promise<string[]> {
  return Promise.all(range(0, count).map(() => runnel.workflow()));
}

function pathOf(streams: readonly string[], rest = ''): string {
  return `/v1/sse?${streams.map((stream) => `stream=${stream}`).join('&')}${rest}`;
}

/** Publishes numbers, each to the stream whose turn it is. */
async function publishInTurn(streams: readonly string[], from: number, to: number): Promise<void> {
  for (const n of range(from, to)) {
    await runnel.publish(streams[n % streams.length] as string, { channel: 'n', payload: n });
  }
}

describe('several streams on one connection', () => {
  it('come in the order of time, history first', async () => {
    const streams = await newStreams(3);
    await publishInTurn(streams, 0, 30);
    const all = await runnel.subscribe(pathOf(streams));
    await all.count(30);
    await publishInTurn(streams, 30, 40);
    await all.count(40);
    expect(all.values.slice(0, 30)).toEqual(range(0, 30));
    for (const turn of [0, 1, 2]) {
      const own = all.values.filter((n) => Number(n) % 3 === turn);
      expect(own).toEqual(range(0, 40).filter((n) => n % 3 === turn));
    }
    expect(all.raw).toMatch(/^retry: \d+\n\n:keepalive\n\n/);
    expect(all.events.every(({ event, id }) => event === 'n' && /^m[\w-]{1,63}$/.test(id ?? ''))).toBe(true);
    all.close();
  });

  it('go on after any of their ids, in any order of the addresses', async () => {
    const streams = await newStreams(3);
    await publishInTurn(streams, 0, 24);
    const first = await runnel.subscribe(pathOf(streams));
    const seen = await first.count(24);
    first.close();
    await publishInTurn(streams, 24, 30);
    for (const got of [0, 1, 7, 12, 23]) {
      const resumed = await SseCapture.open(runnel.url + pathOf([...streams].reverse()), {
        'last-event-id': seen[got]?.id ?? '',
      });
      await resumed.count(30 - got - 1);
      resumed.close();
      expect(resumed.values).toEqual(range(got + 1, 30));
    }
  });

  it('can be told apart in an envelope, whose id is the one in the stream alone', async () => {
    const [a = '', b = ''] = await newStreams(2);
    const [idInA] = await runnel.publish(a, { channel: 'x', payload: { n: [1, '\u2028', null] } });
    await runnel.publish(b, { channel: 'y', payload: 'text' });
    const stream = await runnel.subscribe(pathOf([a, b], '&envelope=1'));
    await stream.count(2);
    stream.close();
    expect(stream.values).toEqual([
      { stream: a, channel: 'x', id: idInA, ts: expect.any(Number), payload: { n: [1, '\u2028', null] } },
      { stream: b, channel: 'y', id: expect.any(String), ts: expect.any(Number), payload: 'text' },
    ]);
    expect(stream.events.map(({ event }) => event)).toEqual(['x', 'y']);
  });

  it('let only the channels through that are asked for, and resume behind the others', async () => {
    const streams = await newStreams(2);
    const publish = (n: number, channel: string) =>
      runnel.publish(streams[n % 2] as string, { channel, payload: n });
    for (const n of range(0, 10)) await publish(n, n < 5 ? 'a' : 'b');
    const some = await runnel.subscribe(pathOf(streams, '&channel=b'));
    await some.count(5);
    some.close();
    expect(some.values).toEqual(range(5, 10));
    await publish(10, 'a');
    await publish(11, 'b');
    const resumed = await SseCapture.open(runnel.url + pathOf(streams, '&channel=b'), {
      'last-event-id': some.events.at(-1)?.id ?? '',
    });
    await resumed.count(1);
    resumed.close();
    expect(resumed.values).toEqual([11]);
  });

  it('replay as many events of each as are asked for', async () => {
    const streams = await newStreams(2);
    await publishInTurn(streams, 0, 20);
    const two = await runnel.subscribe(pathOf(streams, '&replay=2'));
    await two.count(4);
    const none = await runnel.subscribe(pathOf(streams, '&replay=0'));
    await eventually('the first bytes', () => none.comments.length > 0);
    await publishInTurn(streams, 20, 22);
    await two.count(6);
    await none.count(2);
    expect([two.values, none.values]).toEqual([range(16, 22), [20, 21]]);
    two.close();
    none.close();
  });

  it.each(['abc', '-1', 'x'.repeat(5_000), `m${'A'.repeat(23)}`])(
    'say runnel.gap for a cursor that is none of theirs: %.20s',
    async (cursor) => {
      const streams = await newStreams(2);
      await publishInTurn(streams, 0, 4);
      const stream = await SseCapture.open(runnel.url + pathOf(streams), { 'last-event-id': cursor });
      const [gap] = await stream.count(5);
      stream.close();
      expect(stream.status).toBe(200);
      expect(gap).toMatchObject({ event: 'runnel.gap', id: expect.stringMatching(/^m/) });
      expect(JSON.parse(gap?.data ?? '')).toEqual({
        requested: cursor.slice(0, 64),
        oldest: gap?.id,
        newest: stream.events.at(-1)?.id,
        streams: [...streams].sort(),
      });
      expect(stream.values.slice(1)).toEqual(range(0, 4));
    },
  );

  it('say which of them lost history, and go on in the others', async () => {
    const [busy = '', quiet = ''] = await newStreams(2);
    await runnel.publish(busy, { channel: 'n', payload: 'seen' });
    await runnel.publish(quiet, { channel: 'n', payload: 'seen' });
    const before = await runnel.subscribe(pathOf([busy, quiet]));
    const cursor = (await before.count(2))[1]?.id ?? '';
    before.close();
    await runnel.publish(
      busy,
      range(0, 500).map((payload) => ({ channel: 'n', payload })),
    );
    await runnel.publish(quiet, { channel: 'n', payload: 'new' });
    const after = await SseCapture.open(runnel.url + pathOf([busy, quiet]), { 'last-event-id': cursor });
    const [gap] = await after.count(102);
    after.close();
    expect(JSON.parse(gap?.data ?? '')).toMatchObject({ streams: [busy] });
    expect(after.values.slice(1)).toEqual([...range(400, 500), 'new']);
  });

  it('have room for 50, and no more', async () => {
    const streams = await newStreams(50);
    await publishInTurn(streams, 0, 100);
    const stream = await runnel.subscribe(pathOf(streams));
    const seen = await stream.count(100);
    stream.close();
    expect(stream.values).toEqual(range(0, 100));
    expect(Math.max(...seen.map(({ id }) => id?.length ?? 0))).toBeLessThanOrEqual(64);
    const resumed = await SseCapture.open(runnel.url + pathOf(streams), {
      'last-event-id': seen[60]?.id ?? '',
    });
    await resumed.count(39);
    expect(resumed.values).toEqual(range(61, 100));
    resumed.close();
    const tooMany = await runnel.subscribe(pathOf([...streams, 'one-more']));
    expect(tooMany.status).toBe(400);
  }, 30_000);

  it('end together when one of them is deleted', async () => {
    const [a = '', b = ''] = await newStreams(2);
    const stream = await runnel.subscribe(pathOf([a, b]));
    await eventually('the first bytes', () => stream.comments.length > 0);
    await runnel.call('DELETE', `/v1/workflows/${a}`);
    await stream.end();
    expect(stream.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"stream-deleted"}',
    });
    expect((await runnel.subscribe(pathOf([a, b]))).status).toBe(404);
  });

  it('are cut when their client does not read, and nobody else notices', async () => {
    const streams = await newStreams(2);
    const other = await runnel.subscribe(pathOf(streams));
    const slow = await new Promise<import('node:http').IncomingMessage>((resolve) => {
      request(runnel.url + pathOf(streams), { agent: false }, resolve).end();
    });
    slow.on('error', () => {});
    let closed = false;
    slow.once('close', () => {
      closed = true;
    });
    slow.pause();
    const payload = 'x'.repeat(200_000);
    let sent = 0;
    await eventually(
      'the slow one is cut',
      async () => {
        await runnel.publish(streams[sent % 2] as string, { channel: 'n', payload });
        sent += 1;
        return (await metric('runnel_gateway_cuts_total')) > 0;
      },
      30_000,
    );
    slow.resume();
    await eventually('its connection is gone', () => closed);
    await other.count(sent);
    expect(other.values.every((value) => value === payload)).toBe(true);
    other.close();
  }, 60_000);
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${runnel.url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

describe('who may read several streams', () => {
  async function key(streams: readonly string[], scopes = ['subscribe']): Promise<string> {
    return (await runnel.call('POST', '/v1/keys', { name: 'reader', scopes, streams })).body.key;
  }
  const status = async (path: string, credential?: string) => {
    const headers: Record<string, string> =
      credential === undefined ? {} : { authorization: `Bearer ${credential}` };
    const stream = await SseCapture.open(runnel.url + path, headers);
    stream.close();
    return stream.status;
  };
  async function newSource(): Promise<string> {
    return (await runnel.call('POST', '/v1/sources', { type: 'http' })).body.id;
  }

  it('is who may read each of them', async () => {
    const [workflow = ''] = await newStreams(1);
    const [one, two] = [await newSource(), await newSource()];
    const [forOne, forBoth] = [await key([one]), await key([one, two])];
    expect(await status(pathOf([workflow]))).toBe(200);
    expect(await status(pathOf([workflow, one]))).toBe(401);
    expect(await status(pathOf([workflow, one]), forOne)).toBe(200);
    expect(await status(pathOf([workflow, one, two]), forOne)).toBe(403);
    expect(await status(pathOf([workflow, one, two]), forBoth)).toBe(200);
    expect(await status(pathOf([workflow, one]), 'rnl_nonsense')).toBe(401);
    const { body } = await runnel.call('POST', '/v1/tickets', { streams: [one] });
    expect(await status(`${pathOf([one])}&ticket=${body.ticket}`)).toBe(200);
    expect(await status(`${pathOf([one, two])}&ticket=${body.ticket}`)).toBe(403);
  });

  it('is told no more than that one of them is refused', async () => {
    const source = await newSource();
    const missing = `dc_${'0'.repeat(22)}`;
    const { body: other } = await runnel.call('POST', '/v1/workspaces', { name: `other-${Date.now()}` });
    const answers = await Promise.all(
      [source, missing].map((id) => callJson(runnel.url + pathOf([id]), 'GET', other.key)),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect(JSON.stringify({ ...body, instance: '' })).not.toMatch(/dc_/);
    }
    expect({ ...answers[0]?.body, instance: '' }).toEqual({ ...answers[1]?.body, instance: '' });
  });

  it.each(['', '?stream=', '?stream=p_x&envelope=2', '?stream=p_x&replay=101'])(
    'refuses /v1/sse%s with 400',
    async (query) => {
      expect(await status(`/v1/sse${query}`)).toBe(400);
    },
  );

  it('is answered with the same rules for other origins as one stream', async () => {
    const [workflow = ''] = await newStreams(1);
    const source = await newSource();
    const ask = (streams: string[], origin: string) =>
      SseCapture.open(
        runnel.url + pathOf(streams),
        { origin, authorization: `Bearer ${runnel.adminKey}` },
        'HEAD',
      );
    expect((await ask([workflow], 'null')).headers['access-control-allow-origin']).toBe('*');
    expect((await ask([workflow, source], 'null')).headers['access-control-allow-origin']).toBeUndefined();
    expect(
      (await ask([workflow, source], 'https://app.example')).headers['access-control-allow-origin'],
    ).toBe('https://app.example');
  });
});
