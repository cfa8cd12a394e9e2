import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { eventually, SseCapture, SYSTEM_START_MS, type System, startSystem } from '#libs/testing';
import { gitHubPush } from './github-push.js';

let system: System;
beforeAll(async () => {
  system = await startSystem();
}, SYSTEM_START_MS);
afterAll(() => system.stop(), 60_000);

describe('a webhook', () => {
  it("brings GitHub's push, whole, to a subscriber with a Bearer key", async () => {
    const { body: source } = await system.call('ingest', 'POST', '/v1/sources', {
      type: 'http',
      name: 'github',
    });
    const { body: key } = await system.call('auth', 'POST', '/v1/keys', {
      name: 'listener',
      scopes: ['subscribe'],
      streams: [source.id],
    });
    const gateway = system.gateways[0]?.url;
    const heard: { lastEventId: string; data: string }[] = [];
    const listener = new EventSource(`${gateway}/sources/${source.id}/sse`, {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key.key}` } }),
    });
    listener.onmessage = ({ lastEventId, data }) => heard.push({ lastEventId, data });

    const push = JSON.stringify(gitHubPush(200));
    expect(push.length).toBeGreaterThan(150_000);
    const endpoint = new URL(source.endpoint);
    const sent = await fetch(`${system.ingest.url}${endpoint.pathname}?from=test`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/0000000',
        'x-github-event': 'push',
        'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      },
      body: push,
    });
    expect(sent.status).toBe(200);
    await eventually('the event', () => heard.length === 1);
    listener.close();
    const event = JSON.parse(heard[0]?.data ?? '');
    expect(event).toMatchObject({
      method: 'POST',
      path: '/',
      query: { from: 'test' },
      headers: { 'x-github-event': 'push', 'user-agent': 'GitHub-Hookshot/0000000' },
      bodyRaw: push,
      body: JSON.parse(push),
    });
    const late = await SseCapture.open(`${gateway}/sources/${source.id}/sse`, {
      authorization: `Bearer ${key.key}`,
    });
    expect((await late.count(1))[0]?.id).toBe(heard[0]?.lastEventId);
    late.close();
  }, 60_000);

  it('is answered 503 while nothing can be stored, so that its sender tries again', async () => {
    const { body: source } = await system.call('ingest', 'POST', '/v1/sources', { type: 'http' });
    const { pathname } = new URL(source.endpoint);
    system.nats[0]?.kill('SIGKILL');
    const answer = await fetch(system.ingest.url + pathname, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    await system.nats[0]?.restart();
    await eventually(
      'it is stored again',
      async () => (await fetch(system.ingest.url + pathname, { method: 'POST', body: 'x' })).ok,
      20_000,
    );
  }, 60_000);
});
