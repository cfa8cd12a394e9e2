import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type OnApplicationShutdown, Res } from '@nestjs/common';
import { deferred } from '../../test/deferred.js';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { Drain } from '../drain/drain.js';

/** Long enough that a test which waits for it fails. */
const LONG = { RUNNEL_DRAIN_MS: '600000' };

const events: string[] = [];
let gate = deferred();

@Controller()
class SlowController implements OnApplicationShutdown {
  readonly streams = new Set<ServerResponse>();

  @Get('stream')
  stream(@Res() response: ServerResponse) {
    this.streams.add(response);
    response.write('hello ');
  }

  @Get('slow')
  async slow() {
    await gate.promise;
    return 'done';
  }

  onApplicationShutdown() {
    events.push('shutdown');
  }
}

@Module({ controllers: [SlowController] })
class SlowModule {}

async function start(env: NodeJS.ProcessEnv) {
  gate = deferred();
  events.length = 0;
  const service = await startTestService({
    module: SlowModule,
    env,
    onClosed: () => void events.push('closed'),
  });
  return { service, drain: service.app.get(Drain), controller: service.app.get(SlowController) };
}

afterEach(closeTestServices);

describe('closing a service', () => {
  it('goes from not ready over the drain hooks to the life cycle of the modules, and ends open streams', async () => {
    const { service, drain, controller } = await start(LONG);
    const answer = await fetch(`${service.url}/stream`);
    drain.signal.addEventListener('abort', () => events.push('not ready'));
    drain.add('streams', () => {
      events.push('draining');
      for (const stream of controller.streams) stream.end('bye');
    });
    expect(await service.close()).toBe(true);
    expect(events).toEqual(['not ready', 'draining', 'shutdown', 'closed']);
    expect(await answer.text()).toBe('hello bye');
  });

  it('takes no new connection from the first moment, and is not ready on the old ones', async () => {
    const { service, drain } = await start(LONG);
    const draining = deferred();
    const release = deferred();
    drain.add('wait', async () => {
      draining.resolve();
      await release.promise;
    });
    const slow = fetch(`${service.url}/slow`);
    await reached(service);
    const closed = service.close();
    await draining.promise;
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
    gate.resolve();
    release.resolve();
    expect(await (await slow).text()).toBe('done');
    expect(await closed).toBe(true);
  });

  it('waits for a request in flight', async () => {
    const { service } = await start(LONG);
    const slow = fetch(`${service.url}/slow`);
    await reached(service);
    const closed = service.close();
    gate.resolve();
    expect(await (await slow).text()).toBe('done');
    expect(await closed).toBe(true);
  });

  it('does not wait for connections without a request, used before or not', async () => {
    const { service } = await start(LONG);
    await (await fetch(`${service.url}/healthz`)).text();
    const unused = connect(service.port, '127.0.0.1');
    const ended = new Promise((resolve) => unused.on('close', resolve));
    unused.resume();
    await new Promise((resolve) => unused.on('connect', resolve));
    expect(await service.close()).toBe(true);
    await ended;
  });

  it('cuts at the end of the drain time what nobody ended, and says so', async () => {
    const { service } = await start({ RUNNEL_DRAIN_MS: '0' });
    const answer = await fetch(`${service.url}/stream`);
    expect(await service.close()).toBe(true);
    await expect(answer.text()).rejects.toThrow();
    expect(service.lines).toContainEqual(expect.objectContaining({ level: 'warn', connections: 1 }));
  });

  it('goes on without a drain hook that never ends, and is not clean then', async () => {
    const { service, drain } = await start({ RUNNEL_DRAIN_MS: '0' });
    drain.add('stuck', () => new Promise(() => {}));
    expect(await service.close()).toBe(false);
    expect(events).toEqual(['shutdown', 'closed']);
  });

  it('is not clean when a drain hook fails', async () => {
    const { service, drain } = await start(LONG);
    drain.add('broken', () => Promise.reject(new Error('boom')));
    expect(await service.close()).toBe(false);
  });

  it('happens once, however often it is asked for', async () => {
    const { service } = await start(LONG);
    await Promise.all([service.close(), service.close()]);
    expect(events).toEqual(['shutdown', 'closed']);
  });
});

/** Resolves when the requests that were sent before have arrived, which come first on their way to the service. */
async function reached({ url }: { url: string }): Promise<void> {
  await (await fetch(`${url}/healthz`)).text();
}
