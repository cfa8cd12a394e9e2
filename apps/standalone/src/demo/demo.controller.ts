import { Controller, Get, Header } from '@nestjs/common';
import { Problem } from '#libs/contracts';
import { Demo } from './demo.js';

/** `GET /demo`: the shortest page that shows a stream. */
@Controller('demo')
export class DemoController {
  constructor(private readonly demo: Demo) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async page(): Promise<string> {
    const workflow = await this.demo.workflow();
    if (workflow === undefined)
      throw new Problem('not-found', 'The demo is off, or its workflow was deleted.');
    return demoPage(`/pipelines/${workflow.id}/sse`);
  }
}

/** Three lines: a title, a place to write, and what listens. */
export function demoPage(streamUrl: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Runnel</title><h1>Live from Runnel</h1>
<pre id="events"></pre>
<script>new EventSource('${streamUrl}').addEventListener('tick', (event) => document.querySelector('#events').prepend(event.data + '\\n'))</script>
`;
}
