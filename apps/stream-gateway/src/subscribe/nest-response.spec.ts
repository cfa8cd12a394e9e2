import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Module, Req, Res, Sse } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { createLog, type RunningService, runService } from '#libs/service';
import { gatewaySettings } from '../gateway-settings.js';
import { Life, NestPart, withoutSignals } from './nest-response.js';

const HEAD = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };

let taken: { request: Request; response: Response; unsubscribed: boolean } | undefined;
let running: RunningService | undefined;

@Controller()
class StreamController {
  /** Nest lets go of it at once. */
  @Sse('taken')
  taken(@Req() request: Request, @Res() response: Response): Observable<never> {
    const nest = new NestPart(request, response);
    return new Life((subscriber) => {
      taken = { request, response, unsubscribed: false };
      response.writeHead(200, HEAD).flushHeaders();
      nest.end();
      subscriber.complete();
    });
  }

  /** Nest ends it. */
  @Sse('left')
  left(@Req() request: Request, @Res() response: Response): Observable<never> {
    new NestPart(request, response);
    return new Life((subscriber) => {
      response.writeHead(200, HEAD).write('all\n');
      setImmediate(() => subscriber.complete());
    });
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

async function start(): Promise<string> {
  running = await runService({
    name: 'spec',
    module: StreamModule,
    settings: gatewaySettings.parse({ NATS_URL: 'nats://127.0.0.1:1', PORT: '0', RUNNEL_DRAIN_MS: '0' }),
    log: createLog({ service: 'spec', level: 'silent' }),
    signals: false,
    configure: (app) => withoutSignals(app.getHttpAdapter().getInstance()),
  });
  return running.url;
}

afterEach(async () => {
  taken = undefined;
  await running?.close();
});

describe('the part of Nest in a response', () => {
  it('is over for one that was taken: it writes nothing, ends nothing and is kept by nothing', async () => {
    const answer = await fetch(`${await start()}/taken`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    // What Nest does after the Observable has completed it does within some turns.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    const { request, response } = taken ?? {};
    expect(response?.writableEnded).toBe(false);
    for (const event of ['unpipe', 'error', 'drain', 'pipe']) expect(response?.listenerCount(event)).toBe(0);
    expect(request?.rawHeaders).toEqual([]);
    expect(request?.next).toBeUndefined();
    response?.write('mine\n');
    response?.end();
    expect(await answer.text()).toBe('mine\n');
  });

  it('is the end of every other one', async () => {
    const answer = await fetch(`${await start()}/left`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toBe('all\n');
  });
});
