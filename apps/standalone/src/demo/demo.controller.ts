import { createHash } from 'node:crypto';
import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Problem } from '#libs/contracts';
import { allowPage, type CommonSettings, SETTINGS } from '#libs/service';
import { Demo } from './demo.js';
import { DEMO_STYLE, demoPage, demoScript } from './demo-page.js';

/** `GET /demo`: a page that shows a stream, and what it takes to have it in another page. */
@ApiExcludeController()
@Controller('demo')
export class DemoController {
  constructor(
    private readonly demo: Demo,
    @Inject(SETTINGS) private readonly settings: Pick<CommonSettings, 'publicUrl'>,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async page(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<string> {
    const workflow = await this.demo.workflow();
    if (workflow === undefined)
      throw new Problem('not-found', 'The demo is off, or its workflow was deleted.');
    const path = `/pipelines/${workflow.id}/sse`;
    const base = this.settings.publicUrl ?? `${request.protocol}://${request.get('host')}`;
    const script = demoScript(path);
    allowPage(response, { 'script-src': hashOf(script), 'style-src': hashOf(DEMO_STYLE) });
    return demoPage(script, base + path);
  }
}

/** What a page's security policy knows one inline text by. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
