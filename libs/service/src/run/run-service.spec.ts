import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { createLog } from '../log/create-log.js';
import { commonSettings } from '../settings/common-settings.js';
import { defineSettings } from '../settings/define-settings.js';
import { runService } from './run-service.js';

@Controller()
class Hello {
  @Get('hello/:x') hello() {
    return { a: 1 };
  }
}
@Module({ controllers: [Hello] })
class M {}
const settings = defineSettings(commonSettings({ port: 0 })).parse({ RUNNEL_DRAIN_MS: '500' });
describe('x', () => {
  it('y', async () => {
    const lines: string[] = [];
    const s = await runService({
      name: 'x',
      module: M,
      settings,
      log: createLog({
        service: 'x',
        level: 'debug',
        destination: {
          write: (l) => {
            lines.push(l);
          },
        },
      }),
      signals: false,
    });
    for (const [m, p] of [
      ['GET', '/hello/1'],
      ['POST', '/hello/1'],
      ['HEAD', '/hello/1'],
      ['OPTIONS', '/hello/1'],
      ['GET', '/no'],
      ['GET', '/hello/%zz'],
      ['GET', '/%zz'],
      ['GET', '/healthz'],
      ['GET', '/readyz'],
      ['GET', '/metrics'],
    ] as const) {
      const r = await fetch(s.url + p, { method: m });
      console.log(m, p, r.status, Object.fromEntries(r.headers), (await r.text()).slice(0, 300));
    }
    expect(await s.close()).toBe(true);
    console.log(lines.join(''));
  });
});
