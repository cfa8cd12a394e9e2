import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Demo } from './demo/demo.js';

/** `GET /`: whoever opens the address that was printed gets to see something. */
@Controller()
export class FrontController {
  constructor(private readonly demo: Demo) {}

  @Get()
  async front(@Res() response: Response): Promise<void> {
    response.redirect(302, (await this.demo.workflow()) === undefined ? '/docs' : '/demo');
  }
}
