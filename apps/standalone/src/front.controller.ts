import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Problem } from '#libs/contracts';
import { type CommonSettings, SETTINGS } from '#libs/service';
import { Demo } from './demo/demo.js';

/** `GET /`: whoever opens the address that was printed gets to see something. */
@ApiExcludeController()
@Controller()
export class FrontController {
  constructor(
    private readonly demo: Demo,
    @Inject(SETTINGS) private readonly settings: Pick<CommonSettings, 'adminPort'>,
  ) {}

  @Get()
  async front(@Res() response: Response): Promise<void> {
    const demo = (await this.demo.workflow()) !== undefined;
    if (!demo && this.settings.adminPort !== undefined) {
      throw new Problem('not-found', 'There is nothing at this address.');
    }
    response.redirect(302, demo ? '/demo' : '/docs');
  }
}
