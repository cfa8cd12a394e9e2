import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { RunnelError, StreamClosedError } from '../errors.js';
import { Listening } from '../fixtures/listening.js';
import { refuse } from '../fixtures/stream-stand-in.js';
import type { StreamOptions, SubscriptionState } from './subscribe-options.js';

const here = new Listening(eventually);

describe('a subscription that fails', () => {
  it.each([503, 502, 500, 429, 408])('tries again after a %i', async (status) => {
    here.server.nextAnswers.push(refuse(status, 'whatever'), refuse(status, 'whatever'));
    here.server.publish(1);
    here.listen();
    await here.heard(1);
    expect(here.server.requests).toHaveLength(3);
  });

  it('waits at least as long as Retry-After asks', async () => {
    here.server.nextAnswers.push(refuse(503, 'unavailable', { 'retry-after': '7' }));
    here.listen();
    await eventually('a wait', () => here.states.at(-1)?.state === 'waiting');
    const waiting = here.states.at(-1) as Extract<SubscriptionState, { state: 'waiting' }>;
    expect(waiting.delayMs).toBeGreaterThanOrEqual(7_000);
    expect(waiting.error).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it.each([400, 401, 403, 404])('ends with the refusal after a %i at first', async (status) => {
    here.server.nextAnswers.push(refuse(status, 'a-code'));
    here.listen();
    expect(await here.ended).toBeInstanceOf(RunnelError);
    expect(await here.ended).toMatchObject({ status, code: 'a-code', detail: 'Because a-code.' });
    expect(here.server.requests).toHaveLength(1);
  });

  it.each([401, 403, 404])('ends with the refusal after a %i when it comes back', async (status) => {
    here.listen();
    await here.connected();
    here.server.nextAnswers.push(refuse(status, 'a-code'));
    here.server.end();
    expect(await here.ended).toMatchObject({ name: 'RunnelError', status });
  });

  it('ends when something else than Runnel answers at first, and waits when it does so later', async () => {
    const page = (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in</p>');
    };
    here.server.nextAnswers.push(page);
    here.listen();
    expect(await here.ended).toMatchObject({ code: 'unexpected-answer' });
    here.listen();
    await here.connected();
    here.server.nextAnswers.push(page);
    here.server.end();
    here.server.publish(1);
    await here.heard(1);
  });

  it('notices that a connection is silent', async () => {
    here.server.nextAnswers.push(
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    );
    here.server.publish(1);
    here.listen({ silenceMs: 50 });
    await here.heard(1);
    expect(here.states).toContainEqual(
      expect.objectContaining({ error: expect.objectContaining({ name: 'ConnectError' }) }),
    );
  });

  it('notices that a service accepts a connection and never answers', async () => {
    here.server.nextAnswers.push(() => {});
    here.server.publish(1);
    here.listen({ silenceMs: 50 });
    await here.heard(1);
  });

  it('ends with the reason when the stream is closed for good', async () => {
    here.listen();
    await here.connected();
    here.server.nextAnswers.push(refuse(404, 'not-found'));
    here.server.send('id: e1-b1\nevent: runnel.closed\ndata: {"reason":"stream-deleted"}\n\n');
    expect(await here.ended).toBeInstanceOf(StreamClosedError);
    expect(await here.ended).toMatchObject({ reason: 'stream-deleted' });
    expect(here.events).toEqual([]);
  });

  it('goes on when the stream lets it in again after it was closed', async () => {
    here.server.publish(1);
    here.listen();
    await here.heard(1);
    here.server.send('id: e1-1\nevent: runnel.closed\ndata: {"reason":"credential-expired"}\n\n');
    await here.requests(2);
    here.server.publish(2);
    await here.heard(1, 2);
  });

  it('ends without an error when the signal is aborted, whether it is connected or waits', async () => {
    here.listen();
    await here.connected();
    here.stop.abort();
    expect(await here.ended).toBeUndefined();
    await here.disconnected();

    here.stop = new AbortController();
    here.server.nextAnswers.push(refuse(503, 'unavailable', { 'retry-after': '60' }));
    here.listen();
    await eventually('a wait', () => here.states.at(-1)?.state === 'waiting');
    here.stop.abort();
    expect(await here.ended).toBeUndefined();
  });

  it('ends with what onEvent throws, and leaves no connection behind', async () => {
    here.server.publish(1);
    here.listen({ onEvent: () => Promise.reject(new Error('full')) } as StreamOptions);
    expect(await here.ended).toEqual(new Error('full'));
    await here.disconnected();
  });

  it('never quotes a key that cannot be sent', async () => {
    here.listen({ apiKey: 'rnl_secret\nx' });
    const error = (await here.ended) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error.message)).not.toContain('secret');
  });
});
