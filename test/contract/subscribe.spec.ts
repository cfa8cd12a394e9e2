import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, SseCapture, Standalone } from '#libs/testing';

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_CORS_ORIGINS: 'https://app.example' });
}, 60_000);
afterAll(async () => {
  await runnel.stop();
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const events = (from: number, to: number) => range(from, to).map((payload) => ({ channel: 'c', payload }));

async function publishMany(id: string, from: number, to: number): Promise<string[]> {
  return runnel.publish(id, events(from, to));
}

async function newSource(): Promise<{ id: string; endpoint: string }> {
  return (await runnel.call('POST', '/v1/sources', { type: 'http' })).body;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('the head of a stream', () => {
  it('has the headers that keep proxies and caches away', async () => {
    const stream = await runnel.subscribe(`/pipelines/${await runnel.workflow()}/sse`);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(stream.headers['content-length']).toBeUndefined();
    expect(stream.headers['x-powered-by']).toBeUndefined();
    stream.close();
  });

  it('is all that HEAD gets', async () => {
    const path = `/pipelines/${await runnel.workflow()}/sse`;
    const stream = await SseCapture.open(runnel.url + path, {}, 'HEAD');
    await stream.end();
    expect(stream.status).toBe(200);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    expect(stream.raw).toBe('');
  });

  it('tells each client another time to wait before it reconnects', async () => {
    const path = `/pipelines/${await runnel.workflow()}/sse`;
    const times = new Set<number | undefined>();
    for (let n = 0; n < 8; n += 1) {
      const stream = await runnel.subscribe(path);
      times.add(await eventually('retry', () => stream.retry));
      stream.close();
    }
    expect(times.size).toBeGreaterThan(4);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(1_000);
    for (const time of times) expect(time).toBeLessThanOrEqual(5_000);
  });
});

describe('replay', () => {
  it('sends the last 100 and then what comes', async () => {
    const id = await runnel.workflow();
    await publishMany(id, 0, 130);
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`);
    await stream.count(100);
    await publishMany(id, 130, 140);
    await stream.count(110);
    expect(stream.values).toEqual(range(30, 140));
    stream.close();
  });

  it('counts the 100 over all channels together', async () => {
    const id = await runnel.workflow();
    await runnel.publish(
      id,
      range(0, 150).map((payload) => ({ channel: payload % 2 ? 'odd' : 'even', payload })),
    );
    const stream = await runnel.subscribe(`/pipelines/${id}/sse?channel=odd`);
    await stream.count(50);
    await runnel.publish(
      id,
      [150, 151].map((payload) => ({ channel: payload % 2 ? 'odd' : 'even', payload })),
    );
    await stream.count(51);
    expect(stream.values).toEqual(range(50, 152).filter((n) => n % 2));
    stream.close();
  });

  it('can be made smaller, or left out', async () => {
    const id = await runnel.workflow();
    await publishMany(id, 0, 20);
    for (const [replay, first] of [
      [0, 20],
      [1, 19],
      [5, 15],
      [100, 0],
    ]) {
      const stream = await runnel.subscribe(`/pipelines/${id}/sse?replay=${replay}`);
      await eventually('the first bytes', () => stream.comments.length > 0);
      await stream.count(20 - (first as number));
      stream.close();
      expect(stream.values).toEqual(range(first as number, 20));
    }
  });

  it.each([
    'replay=-1',
    'replay=101',
    'replay=x',
    'replay=',
    'replay=1.5',
    'channel=',
    `channel=${'c'.repeat(129)}`,
    'channel=%0a',
  ])('refuses ?%s with 400', async (query) => {
    const stream = await runnel.subscribe(`/pipelines/${await runnel.workflow()}/sse?${query}`);
    expect(stream.status).toBe(400);
  });

  it('lets several channels through where several are named', async () => {
    const id = await runnel.workflow();
    await runnel.publish(
      id,
      ['a', 'b', 'c', 'a'].map((channel) => ({ channel, payload: channel })),
    );
    const stream = await runnel.subscribe(`/pipelines/${id}/sse?channel=a&channel=c`);
    await stream.count(3);
    expect(stream.values).toEqual(['a', 'c', 'a']);
    stream.close();
  });
});

describe('resume', () => {
  it('goes on right after the cursor, by header or query, and the header wins', async () => {
    const id = await runnel.workflow();
    const ids = await publishMany(id, 0, 10);
    const byHeader = await runnel.subscribe(`/pipelines/${id}/sse?last_event_id=${ids[1]}`, {
      'last-event-id': ids[6] as string,
    });
    await byHeader.count(3);
    expect(byHeader.values).toEqual([7, 8, 9]);
    const byQuery = await runnel.subscribe(`/pipelines/${id}/sse?last_event_id=${ids[7]}`);
    await byQuery.count(2);
    expect(byQuery.values).toEqual([8, 9]);
    byHeader.close();
    byQuery.close();
  });

  it('sends nothing again to a client that has everything', async () => {
    const id = await runnel.workflow();
    const ids = await publishMany(id, 0, 10);
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': ids[9] as string });
    await publishMany(id, 10, 12);
    await stream.count(2);
    expect(stream.values).toEqual([10, 11]);
    stream.close();
  });

  it.each([['abc'], ['-1'], ['9007199254740993'], ['x'.repeat(5_000)], ['0123456789ab-1']])(
    'answers the cursor of case %# with 200, one gap event and the newest 100',
    async (cursor) => {
      const id = await runnel.workflow();
      const ids = await publishMany(id, 0, 120);
      const stream = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': cursor });
      expect(stream.status).toBe(200);
      const [gap, ...rest] = await stream.count(101);
      expect(gap).toMatchObject({ event: 'runnel.gap', id: expect.stringMatching(/./) });
      expect(JSON.parse(gap?.data ?? '')).toEqual({
        requested: cursor.slice(0, 64),
        oldest: ids[20],
        newest: ids[119],
      });
      expect(rest.map(({ data }) => Number(data))).toEqual(range(20, 120));
      stream.close();
    },
  );

  it('says so when the history after the cursor is gone', async () => {
    const id = await runnel.workflow();
    const [first] = await publishMany(id, 0, 150);
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': first as string });
    const [gap] = await stream.count(101);
    expect(gap?.event).toBe('runnel.gap');
    stream.close();
  });

  it("does not take another stream's cursor for its own", async () => {
    const id = await runnel.workflow();
    await publishMany(id, 0, 3);
    const [foreign] = await publishMany(await runnel.workflow(), 0, 1);
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': foreign as string });
    expect((await stream.count(4))[0]?.event).toBe('runnel.gap');
    stream.close();
  });

  it('goes on from the id of a gap event without another gap', async () => {
    const id = await runnel.workflow();
    await publishMany(id, 0, 3);
    const first = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': 'lost' });
    const [gap] = await first.count(4);
    first.close();
    const second = await runnel.subscribe(`/pipelines/${id}/sse`, { 'last-event-id': gap?.id as string });
    await second.count(3);
    expect(second.values).toEqual([0, 1, 2]);
    second.close();
  });
});

describe('who may subscribe', () => {
  it('to a workflow is whoever knows its id', async () => {
    const stream = await runnel.subscribe(`/pipelines/${await runnel.workflow()}/sse`);
    expect(stream.status).toBe(200);
    stream.close();
  });

  it('to a source is who has a key for it, at both addresses, by id and by name', async () => {
    const { body } = await runnel.call('POST', '/v1/sources', { type: 'http', name: 'mine' });
    for (const path of [`/sources/${body.id}/sse`, `/sse/dc/${body.id}/emits`, '/sources/mine/sse']) {
      const stream = await runnel.subscribe(path, bearer(runnel.adminKey));
      expect(stream.status).toBe(200);
      stream.close();
      expect((await runnel.subscribe(path)).status).toBe(401);
    }
  });

  it.each([
    '/sources/dc_0000000000000000000000/sse',
    '/pipelines/p_0000000000000000000000/sse',
    '/pipelines/a.b/sse',
    '/pipelines/*/sse',
    '/pipelines/%3E/sse',
    '/pipelines/%00/sse',
    '/sources/a%20b/sse',
  ])('is nobody at %s: 404', async (path) => {
    expect((await runnel.subscribe(path, bearer(runnel.adminKey))).status).toBe(404);
  });

  it('does not depend on the address of the other kind', async () => {
    const source = await newSource();
    expect((await runnel.subscribe(`/pipelines/${source.id}/sse`, bearer(runnel.adminKey))).status).toBe(404);
    expect(
      (await runnel.subscribe(`/sources/${await runnel.workflow()}/sse`, bearer(runnel.adminKey))).status,
    ).toBe(404);
  });

  it('is refused with 400 when the key stands in the query', async () => {
    const { id } = await newSource();
    for (const name of ['api_key', 'ticket', 'x']) {
      expect((await runnel.subscribe(`/sources/${id}/sse?${name}=${runnel.adminKey}`)).status).toBe(400);
    }
  });

  it('is refused with 403 or 404 to keys of other streams and workspaces', async () => {
    const { id } = await newSource();
    const other = await newSource();
    const limited = await runnel.call('POST', '/v1/keys', {
      name: 'k',
      scopes: ['subscribe'],
      streams: [other.id],
    });
    expect((await runnel.subscribe(`/sources/${id}/sse`, bearer(limited.body.key))).status).toBe(403);
    const publisher = await runnel.call('POST', '/v1/keys', { name: 'p', scopes: ['publish'] });
    expect((await runnel.subscribe(`/sources/${id}/sse`, bearer(publisher.body.key))).status).toBe(403);
    const foreign = await runnel.call('POST', '/v1/workspaces', { name: 'elsewhere' });
    expect((await runnel.subscribe(`/sources/${id}/sse`, bearer(foreign.body.key))).status).toBe(404);
  });
});

describe('a connection is ended', () => {
  it('within 5 s of the revocation of its key', async () => {
    const { id } = await newSource();
    const { body } = await runnel.call('POST', '/v1/keys', { name: 'k', scopes: ['subscribe'] });
    const stream = await runnel.subscribe(`/sources/${id}/sse`, bearer(body.key));
    await runnel.call('DELETE', `/v1/keys/${body.id}`);
    await stream.end(5_000);
    expect(stream.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"access-revoked"}',
    });
    expect((await runnel.subscribe(`/sources/${id}/sse`, bearer(body.key))).status).toBe(401);
  });

  it('when its stream is deleted', async () => {
    const id = await runnel.workflow();
    const stream = await runnel.subscribe(`/pipelines/${id}/sse`);
    await runnel.call('DELETE', `/v1/workflows/${id}`);
    await stream.end(5_000);
    expect(stream.events.at(-1)?.data).toBe('{"reason":"stream-deleted"}');
    expect((await runnel.subscribe(`/pipelines/${id}/sse`)).status).toBe(404);
  });

  it('when its stream is made private, unless its key still allows it', async () => {
    const id = await runnel.workflow();
    const anonymous = await runnel.subscribe(`/pipelines/${id}/sse`);
    const known = await runnel.subscribe(`/pipelines/${id}/sse`, bearer(runnel.adminKey));
    await runnel.call('PUT', `/v1/workflows/${id}`, { visibility: 'private' });
    await anonymous.end(5_000);
    expect(anonymous.events.at(-1)?.data).toBe('{"reason":"visibility-changed"}');
    expect((await runnel.subscribe(`/pipelines/${id}/sse`)).status).toBe(401);
    await publishMany(id, 0, 1);
    await known.count(1);
    known.close();
  });
});

describe('CORS', () => {
  it('lets every origin read a public stream, but never with credentials', async () => {
    const path = `/pipelines/${await runnel.workflow()}/sse`;
    for (const origin of ['https://any.example', 'null']) {
      const stream = await runnel.subscribe(path, { origin });
      expect(stream.headers['access-control-allow-origin']).toBe('*');
      expect(stream.headers['access-control-allow-credentials']).toBeUndefined();
      stream.close();
    }
  });

  it('lets the configured origins read a private stream, with credentials', async () => {
    const { id } = await newSource();
    const allowed = await runnel.subscribe(`/sources/${id}/sse`, {
      ...bearer(runnel.adminKey),
      origin: 'https://app.example',
    });
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
    });
    allowed.close();
    const other = await runnel.subscribe(`/sources/${id}/sse`, {
      ...bearer(runnel.adminKey),
      origin: 'https://evil.example',
    });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    other.close();
  });

  it('lets a page know why it is refused where it might read the stream, or nothing is there', async () => {
    const { id } = await newSource();
    const allowed = async (path: string, origin: string) => {
      const refusal = await runnel.subscribe(path, { origin });
      return [refusal.status, refusal.headers['access-control-allow-origin']];
    };
    const app = 'https://app.example';
    expect(await allowed(`/sources/${id}/sse`, app)).toEqual([401, app]);
    expect(await allowed(`/sources/${id}/sse`, 'https://evil.example')).toEqual([401, undefined]);
    expect(await allowed('/pipelines/p_AAAAAAAAAAAAAAAAAAAAAA/sse', 'null')).toEqual([404, '*']);
  });

  it('lets every page read what is wrong with its request, and why a public stream refuses it', async () => {
    const path = `/pipelines/${await runnel.workflow()}/sse`;
    const { id } = await newSource();
    const allowed = async (asked: string, headers = {}) => {
      const refusal = await runnel.subscribe(asked, { origin: 'https://any.example', ...headers });
      return [refusal.status, refusal.headers['access-control-allow-origin']];
    };
    expect(await allowed(`${path}?replay=many`)).toEqual([400, '*']);
    expect(await allowed('/v1/sse')).toEqual([400, '*']);
    expect(await allowed(`${path}?ticket=${runnel.adminKey}`)).toEqual([400, '*']);
    expect(await allowed(path, bearer('rnl_wrong'))).toEqual([401, '*']);
    expect(await allowed(`/sources/${id}/sse`, bearer('rnl_wrong'))).toEqual([401, undefined]);
    expect(await allowed(`${path}?replay=many`, { origin: 'https://app.example' })).toEqual([
      400,
      'https://app.example',
    ]);
  });

  it('allows Last-Event-ID in a preflight', async () => {
    const response = await fetch(`${runnel.url}/pipelines/${await runnel.workflow()}/sse`, {
      method: 'OPTIONS',
      headers: {
        origin: 'null',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'last-event-id',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('last-event-id');
  });
});

describe('unusual clients', () => {
  it('are served over HTTP/1.0, without chunks', async () => {
    const id = await runnel.workflow();
    await publishMany(id, 0, 3);
    const { hostname, port } = new URL(runnel.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    socket.write(`GET /pipelines/${id}/sse HTTP/1.0\r\n\r\n`);
    await eventually('the last event', () => text.includes('data: 2\n\n'));
    await publishMany(id, 3, 4);
    await eventually('the live event', () => text.includes('data: 3\n\n'));
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text).toMatch(/\r\n\r\nretry: \d+\n\n:keepalive\n\nid: /);
    socket.destroy();
  });

  it('are cut when they do not read, and nobody else notices', async () => {
    const id = await runnel.workflow();
    const quick = await runnel.subscribe(`/pipelines/${id}/sse`);
    const slow = await new Promise<{ closed: boolean; destroy(): void }>((resolve) => {
      const sent = request(`${runnel.url}/pipelines/${id}/sse`, { agent: false }, (response) => {
        response.pause();
        const state = { closed: false, destroy: () => sent.destroy() };
        response.socket.on('close', () => {
          state.closed = true;
        });
        resolve(state);
      });
      sent.on('error', () => {});
      sent.end();
    });
    const payload = 'x'.repeat(256 * 1024);
    for (let n = 0; n < 60; n += 1) await runnel.publish(id, { channel: 'c', payload });
    await quick.count(60);
    await eventually('the cut is counted', async () =>
      /runnel_gateway_cuts_total{[^}]*cause="slow"[^}]*} 1/.test(
        await (await fetch(`${runnel.url}/metrics`)).text(),
      ),
    );
    slow.destroy();
    quick.close();
  }, 60_000);
});
