/**
 * A service of its own process, for the specs about signals. It prints its address, and each step of its end.
 *
 * `/stream` stays open until the drain hook ends it; with STUBBORN=1 the hook does not do so.
 */
import type { ServerResponse } from 'node:http';
import { Controller, Get, Inject, Module, type OnApplicationShutdown, type OnModuleInit, Res } from '@nestjs/common';
import {
  commonSettings,
  createLog,
  defineSettings,
  Drain,
  LOG,
  type Log,
  main,
  runService,
} from '#libs/service';

const say = (text: string) => void process.stdout.write(`${text}\n`);

@Controller()
class StreamController implements OnModuleInit, OnApplicationShutdown {
  private readonly streams = new Set<ServerResponse>();

  constructor(
    private readonly drain: Drain,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.drain.add('streams', async () => {
      say('draining');
      if (process.env.STUBBORN === '1') return await new Promise(() => {});
      for (const stream of this.streams) stream.end('bye');
    });
  }

  onApplicationShutdown(): void {
    this.log.debug('shutdown');
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
