/**
 * A service of its own process, for the specs about signals. It prints its address, and each step of its end.
 *
 * `/stream` stays open until the drain hook ends it.
 */
import type { ServerResponse } from 'node:http';
import { Controller, Get, Module, type OnApplicationShutdown, type OnModuleInit, Res } from '@nestjs/common';
import { Drain } from '../src/drain/drain.js';
import { createLog } from '../src/log/create-log.js';
import { main } from '../src/run/main.js';
import { runService } from '../src/run/run-service.js';
import { commonSettings } from '../src/settings/common-settings.js';
import { defineSettings } from '../src/settings/define-settings.js';

const say = (text: string) => void process.stdout.write(`${text}\n`);

@Controller()
class StreamController implements OnModuleInit, OnApplicationShutdown {
  private readonly streams = new Set<ServerResponse>();

  constructor(private readonly drain: Drain) {}

  onModuleInit(): void {
    this.drain.add('streams', () => {
      say('draining');
      for (const stream of this.streams) stream.end('bye');
    });
  }

  onApplicationShutdown(): void {
    say('shutdown');
  }

  @Get('stream')
  stream(@Res() response: ServerResponse): void {
    this.streams.add(response);
    response.on('close', () => say('stream closed'));
    response.write('hello ');
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

await main(async () => {
  const settings = defineSettings(commonSettings({ port: 0 })).parse(process.env);
  const log = createLog({ service: 'streaming', level: 'silent' });
  const { url } = await runService({
    name: 'streaming',
    module: StreamModule,
    settings,
    log,
    onClosed: () => say('closed'),
  });
  say(`listening at ${url}`);
});
