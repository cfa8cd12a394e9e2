import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Module, type OnApplicationShutdown, Req } from '@nestjs/common';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { NotReady, StartError } from '../errors.js';
import { ReadinessRegistry } from '../health/readiness-registry.js';
import type { Log } from '../log/create-log.js';
import { LOG, SETTINGS } from '../tokens.js';

const events: string[] = [];

@Controller()
class InsideController implements OnApplicationShutdown {
  constructor(
    @Inject(SETTINGS) private readonly settings: { port: number },
    @Inject(LOG) private readonly log: Log,
    readiness: ReadinessRegistry,
  ) {
    readiness.add('nats', () => {
      throw new NotReady('There is no connection.');
    });
  }

  @Get('settings')
  show() {
    this.log.info('asked');
    return { port: this.settings.port };
  }

  @Get('ip')
  ip(@Req() request: { ip: string }) {
    return request.ip;
  }

  onApplicationShutdown() {
    events.push('shutdown');
  }
}

@Module({ controllers: [InsideController] })
class InsideModule {}

async function takePort(): Promise<{ port: number; free: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, free: () => server.close() };
}

afterEach(async () => {
  await closeTestServices();
  events.length = 0;
});

describe('runService', () => {
  it('listens before the service can work, and says so', async () => {
    const { url, port } = await startTestService({ module: InsideModule });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('hands the settings and the log to the modules', async () => {
    const { url, lines } = await startTestService({ module: InsideModule });
    expect(await (await fetch(`${url}/settings`)).json()).toEqual({ port: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'asked', service: 'test' }));
  });

  it('believes forwarded addresses from the configured proxies only', async () => {
    const asked = { headers: { 'X-Forwarded-For': '192.0.2.1' } };
    const trusting = await startTestService({
      module: InsideModule,
      env: { RUNNEL_TRUST_PROXY: 'loopback' },
    });
    expect(await (await fetch(`${trusting.url}/ip`, asked)).text()).toBe('192.0.2.1');
    const wary = await startTestService({ module: InsideModule });
    expect(await (await fetch(`${wary.url}/ip`, asked)).text()).toMatch(/127\.0\.0\.1$/);
  });

  it('limits what a client may take', async () => {
    const { app } = await startTestService();
    expect(app.getHttpServer()).toMatchObject({
      headersTimeout: 20_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 65_000,
      timeout: 0,
    });
  });

  it('says in one line that a port is taken, and ends what it had started', async () => {
    const { port, free } = await takePort();
    const onClosed = () => void events.push('closed');
    const start = startTestService({ module: InsideModule, env: { PORT: String(port) }, onClosed });
    await expect(start).rejects.toMatchObject({
      name: StartError.name,
      message: `Cannot listen on 127.0.0.1 port ${port}: the port is taken.`,
    });
    expect(events).toEqual(['shutdown', 'closed']);
    free();
  });

  it('ends what it had started when the preparation fails', async () => {
    const configure = () => {
      throw new Error('boom');
    };
    await expect(startTestService({ module: InsideModule, configure })).rejects.toThrow('boom');
    expect(events).toEqual(['shutdown']);
  });

  it('leaves no signal handlers behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const service = await startTestService({ signals: true });
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await service.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
