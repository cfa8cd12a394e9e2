import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  callJson,
  eventually,
  ServiceProcess,
  SseCapture,
  Standalone,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';

// What a page in a browser can do with a ticket, and what it cannot.

const ADMIN_KEY = 'an-admin-key-that-an-operator-has-made-up';

let runnel: Standalone;
const captures: SseCapture[] = [];
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_ADMIN_KEY: ADMIN_KEY, RUNNEL_LOG_LEVEL: 'debug' });
}, 60_000);
afterEach(() => {
  for (const capture of captures.splice(0)) capture.close();
});
afterAll(async () => {
  await runnel?.stop();
});

async function open(path: string, headers: Record<string, string> = {}): Promise<SseCapture> {
  const capture = await runnel.subscribe(path, headers);
  captures.push(capture);
  return capture;
}

async function ticketFor(body: object, key?: string): Promise<string> {
  const answer = await runnel.call('POST', '/v1/tickets', body, key);
  if (answer.status !== 201) throw new Error(`No ticket: ${JSON.stringify(answer)}`);
  return answer.body.ticket;
}

const privateWorkflow = () => runnel.workflow({ visibility: 'private' });
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const cookie = (text: string) => ({ cookie: `theme=dark; runnel_ticket=${text}` });

describe('a ticket', () => {
  it('opens a private stream in the query, in a cookie and as a bearer token', async () => {
    const id = await privateWorkflow();
    await runnel.publish(id, { channel: 'c', payload: 'hello' });
    const path = `/pipelines/${id}/sse`;
    expect((await open(path)).status).toBe(401);
    const ticket = await ticketFor({ streams: [id] });
    for (const capture of [
      await open(`${path}?ticket=${ticket}`),
      await open(path, cookie(ticket)),
      await open(path, bearer(ticket)),
    ]) {
      expect(capture.status).toBe(200);
      expect((await capture.count(1)).map(({ data }) => data)).toEqual(['"hello"']);
    }
  });

  it('counts in the order header, query, cookie', async () => {
    const [one, other] = [await privateWorkflow(), await privateWorkflow()];
    const [right, wrong] = [await ticketFor({ streams: [one] }), await ticketFor({ streams: [other] })];
    const path = `/pipelines/${one}/sse`;
    expect((await open(`${path}?ticket=${wrong}`, { ...bearer(right), ...cookie(wrong) })).status).toBe(200);
    expect((await open(`${path}?ticket=${right}`, { ...bearer(wrong), ...cookie(right) })).status).toBe(403);
    expect((await open(`${path}?ticket=${right}`, cookie(wrong))).status).toBe(200);
    expect((await open(`${path}?ticket=${wrong}`, cookie(right))).status).toBe(403);
  });

  it('opens a source at each of its addresses, by its name too', async () => {
    const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http', name: 'ticketed' });
    const ticket = await ticketFor({ streams: ['ticketed'] });
    for (const path of [`/sources/${source.id}/sse`, `/sse/dc/${source.id}/emits`, '/sources/ticketed/sse']) {
      expect((await open(`${path}?ticket=${ticket}`)).status).toBe(200);
    }
  });

  it('opens no other stream', async () => {
    const [own, another] = [await privateWorkflow(), await privateWorkflow()];
    const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const ticket = await ticketFor({ streams: [own] });
    for (const path of [
      `/pipelines/${another}/sse`,
      `/sources/${source.id}/sse`,
      `/sse/dc/${source.id}/emits`,
    ]) {
      for (const headers of [bearer(ticket), cookie(ticket)]) {
        expect((await open(path, headers)).status).toBe(403);
      }
      expect((await open(`${path}?ticket=${ticket}`)).status).toBe(403);
    }
  });

  it('lets its channels through and no others, whatever is asked for', async () => {
    const id = await privateWorkflow();
    const events = ['a', 'b', 'c'].map((channel) => ({ channel, payload: channel }));
    await runnel.publish(id, events);
    const ticket = await ticketFor({ streams: [id], channels: ['a', 'b'] });
    const path = `/pipelines/${id}/sse?ticket=${ticket}`;
    const [all, one, none] = [
      await open(path),
      await open(`${path}&channel=b&channel=c`),
      await open(`${path}&channel=c`),
    ];
    await runnel.publish(id, events);
    await Promise.all([all.count(4), one.count(2)]);
    expect([all.values, one.values, none.values]).toEqual([['a', 'b', 'a', 'b'], ['b', 'b'], []]);
    expect(none.status).toBe(200);
  });

  it('opens streams and does nothing else', async () => {
    const id = await runnel.workflow();
    const ticket = await ticketFor({ streams: [id] });
    const calls: [string, string, unknown?][] = [
      ['POST', `/v1/streams/${id}/events`, { channel: 'c', payload: 1 }],
      ['GET', '/v1/streams'],
      ['GET', `/v1/streams/${id}`],
      ['PUT', `/v1/streams/${id}`, { visibility: 'private' }],
      ['GET', `/v1/streams/${id}/events`],
      ['DELETE', `/v1/streams/${id}/events`],
      ['GET', '/v1/workflows'],
      ['DELETE', `/v1/workflows/${id}`],
      ['POST', '/v1/tickets', { streams: [id] }],
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys', { name: 'k', scopes: ['subscribe'] }],
      ['GET', '/v1/workspaces'],
    ];
    for (const [method, path, body] of calls) {
      expect([path, (await runnel.call(method, path, body, ticket)).status]).toEqual([path, 403]);
    }
  });

  it('ends its connections when its time is over, and is refused from then on', async () => {
    const id = await privateWorkflow();
    const ticket = await ticketFor({ streams: [id], ttl_s: 3 });
    const capture = await open(`/pipelines/${id}/sse?ticket=${ticket}`);
    expect(capture.status).toBe(200);
    await capture.end();
    expect(capture.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"credential-expired"}',
    });
    expect((await open(`/pipelines/${id}/sse?ticket=${ticket}`)).status).toBe(401);
  });

  it.each(['revoked', 'rotated'])(
    'ends its connections when the key that asked for it is %s',
    async (how) => {
      const id = await privateWorkflow();
      const key = (await runnel.call('POST', '/v1/keys', { name: 'page', scopes: ['subscribe'] })).body;
      const ticket = await ticketFor({ streams: [id] }, key.key);
      const bystander = await open(`/pipelines/${id}/sse?ticket=${await ticketFor({ streams: [id] })}`);
      const capture = await open(`/pipelines/${id}/sse?ticket=${ticket}`);
      if (how === 'revoked') await runnel.call('DELETE', `/v1/keys/${key.id}`);
      else await runnel.call('POST', `/v1/keys/${key.id}/rotate`);
      await capture.end(5_000);
      expect(capture.events.at(-1)?.data).toBe('{"reason":"access-revoked"}');
      expect((await open(`/pipelines/${id}/sse?ticket=${ticket}`)).status).toBe(401);
      expect(bystander.ended).toBe(false);
    },
  );

  it('can be set as a cookie, which a browser sends by itself', async () => {
    const id = await privateWorkflow();
    const response = await fetch(`${runnel.url}/v1/tickets`, {
      method: 'POST',
      headers: { ...bearer(ADMIN_KEY), 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [id], cookie: true }),
    });
    const set = response.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^runnel_ticket=eyJ[\w.-]+; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await open(`/pipelines/${id}/sse`, { cookie: set.split(';')[0] ?? '' })).status).toBe(200);
  });

  it('does no harm to a public stream as the cookie of another one', async () => {
    const [open_, other] = [await runnel.workflow(), await privateWorkflow()];
    const ticket = await ticketFor({ streams: [other] });
    const path = `/pipelines/${open_}/sse`;
    expect((await open(path, cookie(ticket))).status).toBe(200);
    expect((await open(path, cookie(`${ticket}x`))).status).toBe(200);
    expect((await open(`${path}?ticket=${ticket}`)).status).toBe(403);
  });

  it('can be verified by others, with the keys that are published', async () => {
    const id = await privateWorkflow();
    const jwks = createRemoteJWKSet(new URL(`${runnel.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(await ticketFor({ streams: [id] }), jwks, {
      issuer: 'urn:runnel:auth',
      audience: 'urn:runnel:streams',
    });
    expect(payload).toMatchObject({ workspace: 'default', streams: [id] });
  });

  it('is good after a restart', async () => {
    const id = await privateWorkflow();
    const ticket = await ticketFor({ streams: [id], ttl_s: 600 });
    await runnel.process.restart();
    const path = `/pipelines/${id}/sse?ticket=${ticket}`;
    await eventually('it opens the stream', async () => (await open(path)).status === 200, 20_000);
  }, 60_000);

  it('leaves neither itself nor a key in the log', async () => {
    const id = await privateWorkflow();
    const ticket = await ticketFor({ streams: [id] });
    const path = `/pipelines/${id}/sse`;
    await open(`${path}?ticket=${ticket}`);
    await open(path, cookie(ticket));
    await open(`${path}?ticket=${ticket}x`, { origin: 'https://evil.example' });
    expect((await open(`${path}?ticket=${ADMIN_KEY}`)).status).toBe(401);
    await open(path, bearer(`${ADMIN_KEY}x`));
    const log = runnel.process.output.join('\n');
    expect(log).toContain('/v1/tickets');
    expect(log).not.toContain(ticket.split('.')[2]);
    expect(log).not.toContain(ADMIN_KEY);
  });
});

describe('an admin key that the operator has made up', () => {
  it('is as good as one of ours', async () => {
    expect((await runnel.call('GET', '/v1/streams')).status).toBe(200);
    expect((await runnel.call('GET', '/v1/workspaces')).status).toBe(200);
    const [first] = (await runnel.call('GET', '/v1/keys')).body.data;
    expect(first).toMatchObject({ id: expect.stringMatching(/^\w{12}$/), name: 'admin', root: true });
    const id = await privateWorkflow();
    expect((await open(`/pipelines/${id}/sse`, bearer(ADMIN_KEY))).status).toBe(200);
    for (const text of [ADMIN_KEY.slice(1), `${ADMIN_KEY}!`, 'another-text-that-nobody-knows']) {
      expect((await runnel.call('GET', '/v1/streams', undefined, text)).status).toBe(401);
    }
  });

  it('is refused at the start when it is too short, with the reason and without the text', async () => {
    const start = ServiceProcess.start('standalone', { RUNNEL_ADMIN_KEY: 'too-short-to-be-a-key' });
    const error = await start.then(
      () => new Error('It has started.'),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(/RUNNEL_ADMIN_KEY .*24 to 256 printable ASCII characters without spaces/);
    expect(error.message).not.toContain('too-short-to-be-a-key');
  });
});

describe('with services of their own', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ gateways: 2 });
  }, SYSTEM_START_MS);
  afterAll(async () => {
    await system?.stop();
  });

  it('every gateway takes a ticket, and goes on with what it knows while auth is away', async () => {
    const workflow = { name: 'w', visibility: 'private' };
    const { id } = (await system.call('ingest', 'POST', '/v1/workflows', workflow)).body;
    const { ticket } = (await system.call('auth', 'POST', '/v1/tickets', { streams: ['w'] })).body;
    const path = `/pipelines/${id}/sse?ticket=${ticket}`;
    const openAll = () =>
      Promise.all(
        system.gateways.map(async ({ url }) => {
          const capture = await SseCapture.open(url + path);
          captures.push(capture);
          return capture.status;
        }),
      );
    expect(await openAll()).toEqual([200, 200]);
    system.auth.kill('SIGKILL');
    await system.auth.exited();
    expect(await openAll()).toEqual([200, 200]);
    await system.auth.restart();
    const again = await eventually('auth is back', async () => {
      const answer = await callJson(`${system.auth.url}/v1/tickets`, 'POST', system.adminKey, {
        streams: [id],
      });
      return answer.status === 201 && answer;
    });
    expect(again.body.ticket).not.toBe(ticket);
    expect(await openAll()).toEqual([200, 200]);
  }, 60_000);
});
