import { describe, expect, it, jest } from '@jest/globals';
import { settle, until } from '../../test/turns.js';
import { createChannel } from '../channel/create-channel.js';
import { createResponse } from './create-response.js';
import type { Session } from './session.js';

const ADDRESS = 'http://localhost/sse?lastEventId=q';

/** Reads a body chunk by chunk. */
function readerOf(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const next = async () => decoder.decode((await reader.read()).value);
  return { reader, next };
}

function open(...[request, ...rest]: [Request, ...([] | [Response] | [object] | [Response, object])]) {
  const sessions: Session[] = [];
  const reasons: string[] = [];
  const callback = (session: Session) => {
    sessions.push(session);
    session.on('disconnected', (reason) => reasons.push(reason));
  };
  const args = [request, ...rest, callback] as unknown as Parameters<typeof createResponse>;
  return { response: createResponse(...args), sessions, reasons };
}

describe('createResponse', () => {
  it('returns a response whose body carries what is pushed to its session', async () => {
    const { response, sessions } = open(new Request(ADDRESS));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const { next } = readerOf(response);
    expect(await next()).toBe('retry: 2000\n\n');
    const session = sessions[0] as Session;
    expect(session.lastId).toBe('q');
    session.push(1);
    session.push(2, 'e', 'i');
    expect(await next()).toBe('data: 1\n\nid: i\nevent: e\ndata: 2\n\n');
    session.end();
    expect(await next()).toBe('');
  });

  it('takes status and headers from a response, and from options before it', async () => {
    const given = new Response(null, {
      headers: [
        ['x-a', '1'],
        ['x-b', '1'],
        ['set-cookie', 'c=1'],
        ['set-cookie', 'd=2'],
      ],
    });
    const { response, sessions } = open(new Request(ADDRESS), given, {
      headers: { 'X-A': '2', 'x-accel-buffering': undefined },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-a': '2', 'x-b': '1' });
    expect(response.headers.getSetCookie()).toEqual(['c=1', 'd=2']);
    expect(response.headers.has('x-accel-buffering')).toBe(false);
    await settle();
    sessions[0]?.end();
  });

  it.each([
    [new Request(ADDRESS, { method: 'HEAD' }), {}, 200],
    [new Request(ADDRESS), { statusCode: 204 }, 204],
  ])('has no body, and no session, where there is no stream', async (request, options, status) => {
    const { response, sessions } = open(request, options);
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
    await settle();
    expect(sessions).toEqual([]);
  });

  it('is over when the body is cancelled, or the request aborted', async () => {
    const cancelled = open(new Request(ADDRESS));
    await settle();
    await cancelled.response.body?.cancel();
    const abort = new AbortController();
    const aborted = open(new Request(ADDRESS, { signal: abort.signal }));
    await settle();
    abort.abort();
    await settle();
    for (const { sessions, reasons } of [cancelled, aborted]) {
      expect(reasons).toEqual(['client']);
      expect(sessions[0]?.push(1)).toBe(false);
    }
  });

  it('never connects for a request that was aborted before', async () => {
    const { sessions } = open(new Request(ADDRESS, { signal: AbortSignal.abort() }));
    await settle();
    expect(sessions).toEqual([]);
  });

  it('waits for a reader that is slow, and cuts one that does not read', async () => {
    const { response, sessions, reasons } = open(new Request(ADDRESS), { maxPendingBytes: 10_000 });
    const { reader, next } = readerOf(response);
    await next();
    const session = sessions[0] as Session;
    session.push('x'.repeat(5_000));
    const drained = jest.fn();
    await settle();
    session.push('y');
    void session.drained().then(drained);
    await settle();
    await next();
    expect(drained).not.toHaveBeenCalled();
    expect(await next()).toBe('data: "y"\n\n');
    for (let n = 0; n < 10; n += 1) {
      session.push('x'.repeat(5_000));
      await settle();
    }
    expect(reasons).toEqual(['slow']);
    await expect(reader.closed).rejects.toThrow('cut');
  });

  it('gives each reader bytes of its own', async () => {
    const channel = createChannel();
    const [one, other] = [
      open(new Request(ADDRESS), { retry: null }),
      open(new Request(ADDRESS), { retry: null }),
    ];
    await until(() => one.sessions.length + other.sessions.length === 2);
    channel.register(one.sessions[0] as Session).register(other.sessions[0] as Session);
    const [first, second] = [readerOf(one.response), readerOf(other.response)];
    await Promise.all([first.next(), second.next()]);
    channel.broadcast('shared');
    const { value } = await first.reader.read();
    value?.fill(0);
    expect(await second.next()).toBe('data: "shared"\n\n');
    for (const session of channel.activeSessions) session.end();
  });

  it('refuses to be called without a callback', () => {
    const args = [new Request(ADDRESS)] as unknown as Parameters<typeof createResponse>;
    expect(() => createResponse(...args)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});
