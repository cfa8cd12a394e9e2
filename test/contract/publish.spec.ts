import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Standalone } from '#libs/testing';

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_CORS_ORIGINS: 'https://app.example' });
}, 60_000);
afterAll(async () => {
  await runnel.stop();
});

interface Post {
  readonly body: string | Uint8Array;
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** Posts raw bytes to a stream's events, as no JSON client would. */
async function post(
  stream: string,
  { body, type = 'application/json', key = runnel.adminKey, headers = {} }: Post,
) {
  const response = await fetch(`${runnel.url}/v1/streams/${stream}/events`, {
    method: 'POST',
    headers: {
      ...(type === '' ? {} : { 'content-type': type }),
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** What a stream replays. */
async function stored(stream: string): Promise<unknown[]> {
  const { body } = await runnel.call('GET', `/v1/streams/${stream}`);
  const capture = await runnel.subscribe(`/pipelines/${stream}/sse`);
  await capture.count(body.event_count);
  capture.close();
  return capture.values;
}

const json = (value: unknown) => JSON.stringify(value);

describe('publishing', () => {
  it('stores one event and answers its id', async () => {
    const id = await runnel.workflow();
    const { status, body, headers } = await post(id, { body: json({ channel: 'c', payload: { a: 1 } }) });
    expect(status).toBe(201);
    expect(body).toEqual({
      events: [{ id: expect.stringMatching(/^[\x21-\x7e]{1,64}$/), duplicate: false }],
    });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(await stored(id)).toEqual([{ a: 1 }]);
  });

  it('is for pages of the configured origins, and of no others', async () => {
    const id = await runnel.workflow();
    const allowed = async (origin: string, payload: string) => {
      const { headers } = await post(id, {
        body: `{"channel":"c","payload":${payload}}`,
        headers: { origin },
      });
      return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')];
    };
    for (const payload of ['1', 'none']) {
      expect(await allowed('https://app.example', payload)).toEqual(['https://app.example', 'true']);
      expect(await allowed('https://other.example', payload)).toEqual([null, null]);
    }
  });

  it('stores a batch in order, as JSON and as NDJSON', async () => {
    const id = await runnel.workflow();
    const events = [1, 2, 3].map((payload) => ({ channel: 'c', payload }));
    expect((await post(id, { body: json(events) })).body.events).toHaveLength(3);
    const lines = [4, 5, 6].map((payload) => json({ channel: 'c', payload })).join('\n');
    const { body } = await post(id, { body: `${lines}\n\n`, type: 'application/x-ndjson; charset=utf-8' });
    expect(body.events).toHaveLength(3);
    expect(await stored(id)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('takes any JSON value as a payload', async () => {
    const id = await runnel.workflow();
    const payloads = [
      'null',
      'false',
      '0',
      '""',
      '[]',
      '{}',
      '-0.5',
      '"ä"',
      '{"__proto__":1,"constructor":2}',
    ];
    for (const payload of payloads) {
      expect((await post(id, { body: `{"channel":"c","payload":${payload}}` })).status).toBe(201);
    }
    expect(json(await stored(id))).toBe(`[${payloads.join(',')}]`);
  });

  it('takes a payload of exactly 512 KiB and refuses one byte more', async () => {
    const id = await runnel.workflow();
    const largest = 'x'.repeat(512 * 1024 - 2);
    expect((await post(id, { body: json({ channel: 'c', payload: largest }) })).status).toBe(201);
    expect((await post(id, { body: json({ channel: 'c', payload: `${largest}x` }) })).status).toBe(413);
    expect(await stored(id)).toEqual([largest]);
  });

  it('takes 1000 events and refuses 1001', async () => {
    const id = await runnel.workflow();
    const batch = Array.from({ length: 1000 }, (_, payload) => ({ channel: 'c', payload }));
    expect((await post(id, { body: json(batch) })).body.events).toHaveLength(1000);
    expect((await post(id, { body: json([...batch, batch[0]]) })).status).toBe(413);
  });

  it('addresses a stream by its name too', async () => {
    const { body } = await runnel.call('POST', '/v1/workflows', { name: 'By name' });
    expect(body.name).toBe('by-name');
    expect((await post('by-name', { body: json({ channel: 'c', payload: 1 }) })).status).toBe(201);
    expect(await stored(body.id)).toEqual([1]);
  });

  it('names each bad event of a batch and stores none of it', async () => {
    const id = await runnel.workflow();
    const { status, body, headers } = await post(id, {
      body: json([
        { channel: 'ok', payload: 1 },
        { channel: 'error', payload: 2 },
        { payload: 3 },
        { channel: 'ok' },
        'event',
      ]),
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: 'urn:runnel:problem:malformed-request',
      status: 400,
      instance: expect.any(String),
    });
    expect(body.errors.map(({ index }: { index: number }) => index)).toEqual([1, 2, 3, 4]);
    expect(body.errors[0].field).toBe('events[1].channel');
    expect(await stored(id)).toEqual([]);
  });
});

describe('a bad event', () => {
  const bad: [string, unknown][] = [
    ['no channel', { payload: 1 }],
    ['an empty channel', { channel: '', payload: 1 }],
    ['a channel of 129 characters', { channel: 'c'.repeat(129), payload: 1 }],
    ['a channel with a line end', { channel: 'a\nb', payload: 1 }],
    ['a channel with NUL', { channel: 'a\0b', payload: 1 }],
    ['a channel with a C1 control', { channel: 'a\u0085b', payload: 1 }],
    ['a channel with DEL', { channel: 'a\u007fb', payload: 1 }],
    ['the channel "error"', { channel: 'error', payload: 1 }],
    ['the channel "open"', { channel: 'open', payload: 1 }],
    ['the channel "runnel.gap"', { channel: 'runnel.gap', payload: 1 }],
    ['a channel that is a number', { channel: 1, payload: 1 }],
    ['a channel that is null', { channel: null, payload: 1 }],
    ['no payload', { channel: 'c' }],
    ['a field that does not exist', { channel: 'c', payload: 1, data: 2 }],
    ['an empty id', { channel: 'c', payload: 1, id: '' }],
    ['an id of 129 characters', { channel: 'c', payload: 1, id: 'i'.repeat(129) }],
    ['null', null],
    ['a string', 'event'],
    ['an empty batch', []],
  ];
  it.each(bad)('with %s is refused and not stored', async (_what, event) => {
    const id = await runnel.workflow();
    const { status, body } = await post(id, { body: json(event) });
    expect({ status, type: body.type }).toEqual({
      status: 400,
      type: 'urn:runnel:problem:malformed-request',
    });
    expect(await stored(id)).toEqual([]);
  });

  it('takes the longest channel', async () => {
    const id = await runnel.workflow();
    expect((await post(id, { body: json({ channel: 'ü'.repeat(128), payload: 1 }) })).status).toBe(201);
  });
});

describe('a bad request', () => {
  it.each([
    ['no JSON', '{"channel":', 400],
    ['an empty body', '', 400],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
    ['a bomb of arrays', '['.repeat(200_000) + ']'.repeat(200_000), 400],
    ['a bomb of objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 400],
    [
      'a payload that is nested too deeply',
      `{"channel":"c","payload":${'['.repeat(600)}${']'.repeat(600)}}`,
      400,
    ],
  ])('of %s is refused', async (_what, body, status) => {
    const id = await runnel.workflow();
    expect((await post(id, { body })).status).toBe(status);
    expect(await stored(id)).toEqual([]);
  });

  it('names the line of NDJSON that cannot be read', async () => {
    const id = await runnel.workflow();
    const { status, body } = await post(id, {
      body: '{"channel":"c","payload":1}\n{oops}\n',
      type: 'application/x-ndjson',
    });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ index: 1 }]);
    expect(await stored(id)).toEqual([]);
  });

  it.each([
    'text/plain',
    '',
    'application/xml',
    'application/json; charset=latin1',
    'multipart/form-data; boundary=x',
  ])('of the media type %j is refused with 415', async (type) => {
    const id = await runnel.workflow();
    const body = new TextEncoder().encode(json({ channel: 'c', payload: 1 }));
    expect((await post(id, { body, type })).status).toBe(415);
    expect(await stored(id)).toEqual([]);
  });

  it.each([
    'no-such-stream',
    'p_0000000000000000000000',
    '*',
    '>',
    'a.b',
    'a%20b',
    '%00',
    '..%2f',
    'p_*',
    '%2e%2e',
  ])('to the stream %s is refused with 404', async (stream) => {
    const { status, body } = await post(stream, { body: json({ channel: 'c', payload: 1 }) });
    expect(status).toBe(404);
    expect(body.type).toBe('urn:runnel:problem:not-found');
  });

  it('without a credential is refused with 401, and says how to bring one', async () => {
    const id = await runnel.workflow();
    const { status, headers } = await post(id, { body: json({ channel: 'c', payload: 1 }), key: '' });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('with a key in the query is refused with 400', async () => {
    const id = await runnel.workflow();
    const response = await fetch(`${runnel.url}/v1/streams/${id}/events?api_key=${runnel.adminKey}`, {
      method: 'POST',
    });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('urn:runnel:problem:key-in-query');
    expect(text).not.toContain(runnel.adminKey);
  });

  it('with another method is refused with 405', async () => {
    const { status } = await runnel.call('DELETE', '/healthz');
    expect(status).toBe(405);
  });
});

describe('who may publish', () => {
  const event = json({ channel: 'c', payload: 1 });

  it('is who has a key with that scope for that stream', async () => {
    const mine = await runnel.workflow();
    const other = await runnel.workflow();
    const make = async (scopes: string[], streams?: string[]) =>
      (await runnel.call('POST', '/v1/keys', { name: 'k', scopes, ...(streams && { streams }) })).body
        .key as string;
    const limited = await make(['publish'], [mine]);
    expect((await post(mine, { body: event, key: limited })).status).toBe(201);
    expect((await post(other, { body: event, key: limited })).status).toBe(403);
    expect((await post(mine, { body: event, key: await make(['subscribe']) })).status).toBe(403);
  });

  it('is nobody from another workspace, for whom the stream does not exist', async () => {
    const id = await runnel.workflow();
    const { body } = await runnel.call('POST', '/v1/workspaces', { name: 'other' });
    expect((await post(id, { body: event, key: body.key })).status).toBe(404);
  });

  it('is nobody with a revoked, unknown or malformed key', async () => {
    const id = await runnel.workflow();
    const { body } = await runnel.call('POST', '/v1/keys', { name: 'gone', scopes: ['publish'] });
    expect((await post(id, { body: event, key: body.key })).status).toBe(201);
    expect((await runnel.call('DELETE', `/v1/keys/${body.id}`)).status).toBe(204);
    const changed = `${runnel.adminKey.slice(0, -1)}${runnel.adminKey.endsWith('0') ? '1' : '0'}`;
    for (const key of [body.key, changed, 'rnl_x', 'nonsense']) {
      const { status, body: problem } = await post(id, { body: event, key });
      expect({ status, type: problem.type }).toEqual({
        status: 401,
        type: 'urn:runnel:problem:bad-credential',
      });
    }
  });
});

describe('an idempotency key', () => {
  it('stores once, and answers the first result as a duplicate', async () => {
    const id = await runnel.workflow();
    const request = { body: json({ channel: 'c', payload: 1 }), headers: { 'idempotency-key': 'order 7' } };
    const first = await post(id, request);
    const second = await post(id, request);
    expect(second.status).toBe(201);
    expect(second.body.events).toEqual([{ id: first.body.events[0].id, duplicate: true }]);
    expect(await stored(id)).toEqual([1]);
  });

  it('works for a batch, and for each event by its id', async () => {
    const id = await runnel.workflow();
    const batch = json([1, 2, 3].map((payload) => ({ channel: 'c', payload })));
    const request = { body: batch, headers: { 'idempotency-key': 'batch' } };
    const first = await post(id, request);
    const second = await post(id, request);
    expect(second.body.events).toEqual(
      first.body.events.map((stored: object) => ({ ...stored, duplicate: true })),
    );
    const event = json({ channel: 'c', payload: 4, id: 'four' });
    await post(id, { body: event });
    const mixed = await post(id, { body: `[${event},${json({ channel: 'c', payload: 5, id: 'five' })}]` });
    expect(mixed.body.events.map(({ duplicate }: { duplicate: boolean }) => duplicate)).toEqual([
      true,
      false,
    ]);
    expect(await stored(id)).toEqual([1, 2, 3, 4, 5]);
  });

  it('with another body is refused with 422 and stores nothing', async () => {
    const id = await runnel.workflow();
    const headers = { 'idempotency-key': 'k' };
    await post(id, { body: json([{ channel: 'c', payload: 1 }]), headers });
    for (const body of [
      { channel: 'c', payload: 2 },
      { channel: 'd', payload: 1 },
      [
        { channel: 'c', payload: 1 },
        { channel: 'c', payload: 2 },
      ],
    ]) {
      expect((await post(id, { body: json(body), headers })).status).toBe(422);
    }
    expect(await stored(id)).toEqual([1]);
  });

  it('means nothing to another stream', async () => {
    const headers = { 'idempotency-key': 'shared' };
    for (const id of [await runnel.workflow(), await runnel.workflow()]) {
      const { body } = await post(id, { body: json({ channel: 'c', payload: 1 }), headers });
      expect(body.events[0].duplicate).toBe(false);
    }
  });

  it.each(['', 'k'.repeat(129)])('of a wrong form is refused with 400: %#', async (key) => {
    const id = await runnel.workflow();
    const { status } = await post(id, {
      body: json({ channel: 'c', payload: 1 }),
      headers: { 'idempotency-key': key },
    });
    expect(status).toBe(400);
  });
});
