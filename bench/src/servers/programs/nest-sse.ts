// A server as the documentation of Nest shows it: @Sse() handlers that return one shared Subject, here one that
// replays.
import 'reflect-metadata';
import { Controller, type MessageEvent, Module, Param, Post, Req, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request } from 'express';
import { type Observable, ReplaySubject } from 'rxjs';
import { requestLines } from './request-lines.js';

/** Events that a client gets when it connects. */
const HISTORY = 100;

@Controller()
class StreamsController {
  private readonly streams = new Map<string, { events: ReplaySubject<MessageEvent>; count: number }>();

  @Sse(':id')
  subscribe(@Param('id') id: string): Observable<MessageEvent> {
    return this.stream(id).events;
  }

  @Post(':id')
  async publish(@Param('id') id: string, @Req() request: Request): Promise<void> {
    const stream = this.stream(id);
    for (const data of await requestLines(request)) {
      stream.count += 1;
      stream.events.next({ id: String(stream.count), type: 'bench', data: data as object });
    }
  }

  private stream(id: string) {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      stream = { events: new ReplaySubject(HISTORY), count: 0 };
      this.streams.set(id, stream);
    }
    return stream;
  }
}

@Module({ controllers: [StreamsController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false, bodyParser: false });
await app.init();
app.getHttpServer().listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 });
