import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '#libs/access';
import { eventually, type SseCapture, Standalone } from '#libs/testing';

/** Small numbers, so that each limit is reached by a few requests. Addresses are those that a trusted proxy tells. */
const LIMITS = {
  RUNNEL_TRUST_PROXY: 'loopback',
  RUNNEL_MAX_CONNECTIONS_PER_ADDRESS: '3',
  RUNNEL_MAX_CONNECTIONS_PER_KEY: '2',
  RUNNEL_MAX_EVENTS_PER_KEY: '20',
  RUNNEL_MAX_FAILED_CREDENTIALS: '10',
  RUNNEL_MAX_STREAMS: '8',
  RUNNEL_MAX_SOURCES: '3',
  RUNNEL_MAX_KEYS: '6',
};

let runnel: Standalone;
let addresses = 0;
beforeAll(async () => {
  runnel = await Standalone.start(LIMITS);
}, 60_000);
afterAll(() => runnel?.stop());

const open: SseCapture[] = [];
afterEach(() => {
  for (const capture of open.splice(0)) capture.close();
});

/** An address that no other case uses. */
function newAddress(): string {
  addresses += 1;
  return `198.51.100.${addresses}`;
}

/** A tenant of its own, whose quotas no other case uses. */
async function newWorkspace(): Promise<string> {
  const { status, body } = await runnel.call('POST', '/v1/workspaces', { name: 'limits' });
  expect(status).toBe(201);
  return body.key as string;
}

async function subscribe(stream: string, address: string, key?: string): Promise<SseCapture> {
  const headers = { 'x-forwarded-for': address, ...(key && { authorization: `Bearer ${key}` }) };
  const capture = await runnel.subscribe(`/pipelines/${stream}/sse`, headers);
  open.push(capture);
  return capture;
}

async function post(path: string, body: unknown, headers: Record<string, string>) {
  const sent = { 'content-type': 'application/json', ...headers };
  const answer = await fetch(runnel.url + path, {
    method: 'POST',
    headers: sent,
    body: JSON.stringify(body),
  });
  const retryAfter = Number(answer.headers.get('retry-after'));
  return { status: answer.status, retryAfter, body: await answer.json() };
}

const refusals = async () => (await fetch(`${runnel.url}/metrics`)).text();

describe('connections', () => {
  it('of one address are limited, and another one may come when one has ended', async () => {
    const stream = await runnel.workflow();
    const address = newAddress();
    const captures = [];
    for (let n = 0; n < 3; n += 1) captures.push(await subscribe(stream, address));
    expect(captures.map(({ status }) => status)).toEqual([200, 200, 200]);
    const refused = await subscribe(stream, address);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('10');
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect((await subscribe(stream, newAddress())).status).toBe(200);
    captures[0]?.close();
    await eventually('there is room', async () => (await subscribe(stream, address)).status === 200);
    expect(await refusals()).toMatch(/limit_refusals_total\{limit="connections-per-address"/);
  });

  it('of one key are limited, over all addresses and with its tickets', async () => {
    const stream = await runnel.workflow();
    const { body } = await runnel.call('POST', '/v1/keys', { name: 'k', scopes: ['subscribe'] });
    const { ticket } = (await runnel.call('POST', '/v1/tickets', { streams: [stream] }, body.key)).body;
    const first = await subscribe(stream, newAddress(), body.key);
    expect(first.status).toBe(200);
    expect((await subscribe(stream, newAddress(), ticket)).status).toBe(200);
    const refused = await subscribe(stream, newAddress(), body.key);
    await eventually('the answer', () => refused.ended);
    expect(JSON.parse(refused.raw)).toMatchObject({
      status: 429,
      type: 'urn:runnel:problem:too-many-connections',
    });
    expect((await subscribe(stream, newAddress(), ticket)).status).toBe(429);
    expect((await subscribe(stream, newAddress(), runnel.adminKey)).status).toBe(200);
    first.close();
    await eventually('room', async () => (await subscribe(stream, newAddress(), ticket)).status === 200);
  });

  it('are not counted when they were refused or have ended, however many there were', async () => {
    const stream = await runnel.workflow();
    const address = newAddress();
    for (let n = 0; n < 20; n += 1) {
      const capture = await eventually('room', async () => {
        const opened = await subscribe(stream, address);
        return opened.status === 200 && opened;
      });
      capture.close();
      expect((await subscribe('p_aaaaaaaaaaaaaaaaaaaaaaaa', address)).status).toBe(404);
    }
  });
});

describe('events', () => {
  it('of one key are limited by number, and what is refused is not stored', async () => {
    const stream = await runnel.workflow();
    const { body } = await runnel.call('POST', '/v1/keys', { name: 'p', scopes: ['publish'] });
    const publish = (count: number, key: string) =>
      post(
        `/v1/streams/${stream}/events`,
        Array.from({ length: count }, (_, payload) => ({ channel: 'c', payload })),
        { authorization: `Bearer ${key}` },
      );
    // More than a second's worth is taken, and has to be paid for.
    expect((await publish(60, body.key)).status).toBe(201);
    const refused = await publish(1, body.key);
    expect(refused).toMatchObject({ status: 429, body: { type: 'urn:runnel:problem:too-many-requests' } });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(1);
    expect(refused.retryAfter).toBeLessThanOrEqual(3);
    expect((await publish(1, runnel.adminKey)).status).toBe(201);
    await eventually('it may publish again', async () => (await publish(1, body.key)).status === 201);
    const kept = await runnel.call('GET', `/v1/streams/${stream}/events?limit=1`);
    expect(kept.body.page_info.total_count).toBe(62);
  });

  it('of one http source are limited, too', async () => {
    const { body } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const endpoint = `${runnel.url}${new URL(body.endpoint).pathname}`;
    const sent = Array.from({ length: 60 }, () => fetch(endpoint, { method: 'POST', body: '{}' }));
    const answers = await Promise.all(sent);
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect(count(200)).toBeGreaterThanOrEqual(20);
    expect(count(429)).toBeGreaterThan(0);
    expect(count(200) + count(429)).toBe(60);
  });
});

describe('credentials that are not valid', () => {
  it('cost an address its answers after a while, and its neighbours behind the same proxy nothing', async () => {
    const [guesser, other] = [newAddress(), newAddress()];
    const guess = (address: string, key: string) =>
      fetch(`${runnel.url}/v1/streams`, {
        headers: { 'x-forwarded-for': address, authorization: `Bearer ${key}` },
      });
    expect((await guess(guesser, runnel.adminKey)).status).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n < 15; n += 1) statuses.push((await guess(guesser, newApiKey())).status);
    expect(statuses.slice(0, 10)).toEqual(new Array(10).fill(401));
    expect(statuses.slice(11)).toEqual(new Array(4).fill(429));
    const refused = await guess(guesser, newApiKey());
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess(other, runnel.adminKey)).status).toBe(200);
    // Known from before at this address, so a guesser behind the same proxy is no trouble for it.
    expect((await guess(guesser, runnel.adminKey)).status).toBe(200);
    expect((await subscribe('p_aaaaaaaaaaaaaaaaaaaaaaaa', guesser, newApiKey())).status).toBe(429);
    expect(await refusals()).toMatch(/limit_refusals_total\{limit="failed-credentials"/);
  });
});

describe('a workspace', () => {
  const create = (key: string, path: string, body: object) => runnel.call('POST', path, body, key);
  const many = async (count: number, make: () => Promise<{ status: number }>) => {
    const made = await Promise.all(Array.from({ length: count }, make));
    return made.filter(({ status }) => status === 201).length;
  };

  it('may have so many streams and sources of them, also when they are made at once', async () => {
    const key = await newWorkspace();
    const source = () => create(key, '/v1/sources', { type: 'http' });
    const workflow = () => create(key, '/v1/workflows', { name: 'w' });
    expect(await many(10, source)).toBe(3);
    const refused = await source();
    expect(refused).toMatchObject({ status: 429, body: { type: 'urn:runnel:problem:quota-exceeded' } });
    expect(refused.body.detail).toBe('The workspace may have 3 sources, and has them.');
    expect(await many(20, workflow)).toBe(5);
    expect((await workflow()).body.detail).toBe('The workspace may have 8 streams, and has them.');
    const { data } = (await runnel.call('GET', '/v1/sources', undefined, key)).body;
    expect((await runnel.call('DELETE', `/v1/sources/${data[0].id}`, undefined, key)).status).toBe(204);
    expect((await source()).status).toBe(201);
    expect((await source()).status).toBe(429);
    const other = await newWorkspace();
    expect((await create(other, '/v1/sources', { type: 'http' })).status).toBe(201);
  });

  it('may have so many keys that are not revoked', async () => {
    const key = await newWorkspace();
    const make = () => create(key, '/v1/keys', { name: 'k', scopes: ['publish'] });
    expect(await many(10, make)).toBe(5);
    const { data } = (await runnel.call('GET', '/v1/keys', undefined, key)).body;
    expect(data).toHaveLength(6);
    const revoked = data.find(({ name }: { name: string }) => name === 'k').id;
    expect((await runnel.call('DELETE', `/v1/keys/${revoked}`, undefined, key)).status).toBe(204);
    expect((await make()).status).toBe(201);
    expect(await make()).toMatchObject({ status: 429, body: { type: 'urn:runnel:problem:quota-exceeded' } });
  });
});
