import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '#libs/contracts';
import { freePorts } from '#libs/nats-server';
import { ClusterProxy } from '#libs/testing';
import { OWNERS } from './addresses.js';

const HOST = '127.0.0.1';

/** Says who it is and what it was asked. */
interface Echo {
  readonly name: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

class Upstream {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param status what it answers everything with; null: it hangs */
  static async start(name: string, status: number | null = 200): Promise<Upstream> {
    const server = createServer(({ url = '', headers }, response) => {
      if (status === null) return;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ name, url, headers } satisfies Echo));
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return new Upstream(server, `http://${HOST}:${(server.address() as AddressInfo).port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

// What Debian and most others have; without it the configuration is not run here, only read (deploy.spec.ts).
const withNginx = ClusterProxy.isThere() ? describe : describe.skip;

withNginx('nginx with the configuration of compose', () => {
  let dir: string;
  let proxy: ClusterProxy;
  let hanging: ClusterProxy;
  let upstreams: { auth: Upstream; ingest: Upstream; gateway: Upstream; full: Upstream; silent: Upstream };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runnel-proxy-'));
    const [port = 0, dead = 0, other = 0] = await freePorts(3, HOST);
    upstreams = {
      auth: await Upstream.start('auth'),
      ingest: await Upstream.start('ingest'),
      gateway: await Upstream.start('gateway'),
      full: await Upstream.start('full', 503),
      silent: await Upstream.start('silent', null),
    };
    proxy = await ClusterProxy.start(join(dir, 'nginx'), port, {
      auth: [upstreams.auth.url],
      ingest: [`http://${HOST}:${dead}`, upstreams.ingest.url],
      gateway: [upstreams.full.url, upstreams.gateway.url],
    });
    const silent = [upstreams.silent.url];
    hanging = await ClusterProxy.start(join(dir, 'hanging'), other, {
      auth: silent,
      ingest: silent,
      gateway: silent,
    });
  }, 60_000);
  afterAll(async () => {
    await proxy?.stop();
    await hanging?.stop();
    await Promise.all(Object.values(upstreams ?? {}).map((upstream) => upstream.stop()));
    await rm(dir, { recursive: true, force: true });
  });

  const echo = async (path: string, headers: Record<string, string> = {}): Promise<Echo> =>
    (await (await fetch(proxy.url + path, { headers })).json()) as Echo;

  it.each(Object.entries(OWNERS))(
    'brings %s to %s, past replicas that are dead or full',
    async (path, owner) => {
      for (let count = 0; count < 3; count += 1) {
        const { name, url } = await echo(`${path}?a=1`);
        expect([name, url]).toEqual([owner, `${path}?a=1`]);
      }
    },
  );

  it('tells services who asks, and under which id', async () => {
    const { headers } = await echo('/v1/keys', { 'x-request-id': 'mine/1~!' });
    expect(headers).toMatchObject({
      host: new URL(proxy.url).host,
      'x-forwarded-for': HOST,
      'x-forwarded-proto': 'http',
      'x-request-id': 'mine/1~!',
    });
    const other = await echo('/v1/keys', { 'x-request-id': '"quoted"' });
    expect(other.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('does not wait for a replica that hangs for longer than a service may take, but for a stream', async () => {
    const url = `${hanging.url}/v1/streams/p_1/events`;
    const stream = fetch(`${hanging.url}/pipelines/p_1/sse`, { signal: AbortSignal.timeout(12_000) });
    const answers = await Promise.allSettled([fetch(url, { method: 'POST', body: '[]' }), stream]);
    expect(answers).toMatchObject([{ value: { status: 503 } }, { reason: { name: 'TimeoutError' } }]);
  }, 30_000);

  it('answers as a service would when none is left, and says of a publish that its outcome is unknown', async () => {
    await upstreams.auth.stop();
    for (const [method, code] of [
      ['GET', 'unavailable'],
      ['POST', 'outcome-unknown'],
    ] as const) {
      const answer = await fetch(`${proxy.url}/v1/keys`, { method, headers: { 'x-request-id': 'mine' } });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toEqual({
        type: `urn:runnel:problem:${code}`,
        title: PROBLEMS[code].title,
        status: 503,
        detail: 'No replica has answered.',
        instance: 'mine',
      });
    }
  });
});
