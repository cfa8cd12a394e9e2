import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AccessService, CONSOLE_COOKIE, CONSOLE_HEADER } from '#libs/access';
import { Problem } from '#libs/contracts';
import { allowPage, type CommonSettings, readFields, SETTINGS } from '#libs/service';
import { type BuiltFile, readBuiltFile, sendBuiltFile } from '../files/built-file.js';

/** Files of the console by the last part of their address, with their media types. */
const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Seconds for which somebody stays signed in: a working day. */
const SESSION_S = 12 * 3_600;

const sessionFields = z.strictObject({ key: z.string().min(1).max(512) });

/**
 * The console at `/console`: files, and signing in. The key goes into a cookie that scripts cannot read and other
 * sites cannot use; everything else that the console does is the API's, at the same origin.
 */
@ApiExcludeController()
@Controller('console')
export class ConsoleController {
  private readonly files = new Map<string, Promise<BuiltFile | undefined>>();

  constructor(
    private readonly access: AccessService,
    @Inject(SETTINGS) private readonly settings: Pick<CommonSettings, 'publicUrl'>,
  ) {}

  @Get()
  page(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('index.html', request, response);
  }

  @Get(':file')
  file(@Param('file') file: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(file, request, response);
  }

  /** @throws Problem `bad-credential` for a key that is none */
  @Post('session')
  @HttpCode(204)
  async signIn(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    requireConsole(request);
    const { key } = await readFields(request, sessionFields);
    await this.access.authenticate(key);
    response.setHeader('Set-Cookie', this.cookie(request, encodeURIComponent(key), SESSION_S));
  }

  @Delete('session')
  @HttpCode(204)
  signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): void {
    requireConsole(request);
    response.setHeader('Set-Cookie', this.cookie(request, '', 0));
  }

  private async send(name: string, request: Request, response: Response): Promise<void> {
    const type = TYPES[name];
    if (type === undefined) throw new Problem('not-found', 'The console has no such file.');
    const file = this.files.get(name) ?? readBuiltFile(`console/${name}`);
    this.files.set(name, file);
    allowPage(response);
    response.setHeader('Content-Type', type).setHeader('Cache-Control', 'no-cache');
    sendBuiltFile(request, response, await file);
  }

  private cookie(request: Request, value: string, maxAgeS: number): string {
    const secure = this.settings.publicUrl?.startsWith('https://') ?? request.secure;
    const attributes = [`Max-Age=${maxAgeS}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
    return [`${CONSOLE_COOKIE}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
  }
}

/** A page of another site cannot send this header: nobody is signed in, or out, without meaning it. */
function requireConsole(request: Request): void {
  if (request.headers[CONSOLE_HEADER] === undefined) {
    throw new Problem('not-allowed', `This is for the console, which sends "${CONSOLE_HEADER}".`);
  }
}
