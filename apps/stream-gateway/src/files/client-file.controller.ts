import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { type BuiltFile, readBuiltFile, sendBuiltFile } from './built-file.js';

/** Where the browser client is, for `import { subscribe } from '<base>/client.js'`: a stable address. */
export const CLIENT_PATH = '/client.js';

/** Seconds for which a browser uses the client without asking whether it has changed. */
const MAX_AGE_S = 300;

/** The browser client as one file, for pages of any origin. */
@ApiExcludeController()
@Controller()
export class ClientFileController {
  private file: Promise<BuiltFile | undefined> | undefined;

  @Get(CLIENT_PATH)
  async client(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.file ??= readBuiltFile('client/client.js');
    response
      .type('text/javascript')
      .setHeader('Cache-Control', `public, max-age=${MAX_AGE_S}`)
      .setHeader('Access-Control-Allow-Origin', '*')
      .setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    sendBuiltFile(request, response, await this.file);
  }
}
