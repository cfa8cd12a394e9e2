import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Problem } from '#libs/contracts';
import { allowPage } from '#libs/service';
import { Demo } from './demo.js';

/** `GET /demo`: the shortest page that shows a stream. */
@ApiExcludeController()
@Controller('demo')
export class DemoController {
  constructor(private readonly demo: Demo) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async page(@Res({ passthrough: true }) response: ServerResponse): Promise<string> {
    const workflow = await this.demo.workflow();
    if (workflow === undefined)
      throw new Problem('not-found', 'The demo is off, or its workflow was deleted.');
    const script = demoScript(`/pipelines/${workflow.id}/sse`);
    allowPage(response, { 'script-src': `'sha256-${createHash('sha256').update(script).digest('base64')}'` });
    return demoPage(script);
  }
}

/** What listens. */
function demoScript(streamUrl: string): string {
  return `new EventSource('${streamUrl}').addEventListener('tick', (event) => document.querySelector('#events').prepend(event.data + '\\n'))`;
}

/** Three lines: a title, a place to write, and what listens. */
function demoPage(script: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Runnel</title><h1>Live from Runnel</h1>
<pre id="events"></pre>
<script>${script}</script>
`;
}
