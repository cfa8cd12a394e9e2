import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { Problem } from '#libs/contracts';
import { type Deferred, deferred } from '../../test/deferred.js';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { readText } from '../request/read-text.js';
import { AnswerInTime, inTime } from './answer-in-time.js';

/** Milliseconds after which these handlers take too long. */
const SHORT_MS = 50;

/** Milliseconds in which what fails for a moment is asked again. */
const PATIENCE_MS = 700;

let gate: Deferred;
/** What the next questions come to, before an answer. */
let failures: Error[];

@Controller()
@UseInterceptors(new AnswerInTime(SHORT_MS))
class SlowController {
  @Get('wait')
  async wait() {
    await gate.promise;
    return 'here';
  }

  @Post('wait')
  async store() {
    await gate.promise;
    throw new Error('too late to matter');
  }

  @Get('begun')
  async begun(@Res() response: ServerResponse) {
    response.write('first ');
    await gate.promise;
    response.end('last');
  }

  @Post('body')
  async body(@Req() request: IncomingMessage) {
    return (await readText(request, { accepts: () => true, accepted: 'anything', limitBytes: 10 })).text;
  }
}

/** Without an interceptor. */
@Controller('plain')
class PlainController {
  @Post('wait')
  wait(@Req() request: IncomingMessage) {
    const work = gate.promise.then(() => {
      throw new Error('too late to matter');
    });
    return inTime(request, work, SHORT_MS);
  }

  @Post('body')
  async body(@Req() request: IncomingMessage) {
    const work = readText(request, { accepts: () => true, accepted: 'anything', limitBytes: 10 });
    return (await inTime(request, work, SHORT_MS)).text;
  }
}

@Controller('failing')
@UseInterceptors(new AnswerInTime(PATIENCE_MS))
class FailingController {
  @Get()
  read() {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return 'here';
  }

  @Post()
  write() {
    return this.read();
  }
}

const start = () => {
  gate = deferred();
  return startTestService({ controllers: [SlowController, PlainController, FailingController] });
};

const away = () => new Problem('unavailable', 'Away.');

const longer = () => new Promise((resolve) => setTimeout(resolve, 4 * SHORT_MS));

afterEach(async () => {
  gate.resolve();
  await closeTestServices();
});

describe('@AnswersInTime', () => {
  it('answers 503 for a handler that takes too long: nothing was read, or nobody knows what was done', async () => {
    const { url, lines } = await start();
    const read = await fetch(`${url}/wait`);
    expect([read.status, read.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await read.json()).toMatchObject({ type: 'urn:runnel:problem:unavailable' });
    for (const path of ['/wait', '/plain/wait']) {
      const write = await fetch(url + path, { method: 'POST' });
      expect(await write.json()).toMatchObject({ status: 503, type: 'urn:runnel:problem:outcome-unknown' });
    }
    gate.resolve();
    await longer();
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('leaves alone what is in time, and a response that has begun', async () => {
    const { url } = await start();
    const begun = await fetch(`${url}/begun`);
    await longer();
    gate.resolve();
    expect(await begun.text()).toBe('first last');
    expect(await (await fetch(`${url}/wait`)).text()).toBe('here');
  });

  it.each(['/body', '/plain/body'])(
    'does not count the time that a client takes to send %s',
    async (path) => {
      const { url } = await start();
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': 4 };
      const answer = new Promise<string>((resolve, reject) => {
        const sent = request(url + path, { method: 'POST', headers }, async (response) => {
          resolve(`${response.statusCode} ${await text(response)}`);
        });
        sent.on('error', reject);
        sent.write('ab');
        void longer().then(() => sent.end('cd'));
      });
      expect(await answer).toBe('201 abcd');
    },
  );

  it('asks again what only reads and cannot be answered for a moment, as long as there is time', async () => {
    const { url } = await start();
    failures = [away(), away()];
    const read = await fetch(`${url}/failing`);
    expect([read.status, await read.text(), failures]).toEqual([200, 'here', []]);
    failures = Array.from({ length: 100 }, away);
    const given = await fetch(`${url}/failing`);
    expect([given.status, given.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await given.json()).toMatchObject({ detail: 'Away.' });
    expect(failures.length).toBeGreaterThan(90);
  });

  it('repeats neither what may have changed something, nor what will be no different', async () => {
    const { url } = await start();
    failures = [away(), away()];
    expect((await fetch(`${url}/failing`, { method: 'POST' })).status).toBe(503);
    expect(failures).toHaveLength(1);
    failures = [new Problem('not-found', 'Gone.'), away()];
    expect((await fetch(`${url}/failing`)).status).toBe(404);
    expect(failures).toHaveLength(1);
  });
});
