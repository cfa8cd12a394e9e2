import { Controller, Get, Header, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Caller, type Principal, type PublicKey, RequireScope } from '#libs/access';
import { Problem } from '#libs/contracts';
import { AnswersInTime, ApiFields, type CommonSettings, readFields, SETTINGS } from '#libs/service';
import { SigningKeys } from './signing-keys.js';
import { ticketCookie } from './ticket-cookie.js';
import { ticketFields } from './ticket-fields.js';
import { Tickets } from './tickets.js';

/** A ticket as the API shows it. */
export interface TicketView {
  readonly ticket: string;
  readonly expires_at: string;
}

/** Seconds for which caches may keep the public keys. A verifier that meets an unknown key asks again. */
const JWKS_MAX_AGE_S = 300;

/** Tickets for browsers, and the public keys that they are verified with. */
@ApiTags('tickets')
@Controller()
@AnswersInTime()
export class TicketsController {
  constructor(
    private readonly tickets: Tickets,
    private readonly signingKeys: SigningKeys,
    @Inject(SETTINGS) private readonly settings: Pick<CommonSettings, 'publicUrl'>,
  ) {}

  @Post('v1/tickets')
  @RequireScope('subscribe')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'A ticket that opens these streams and nothing else; with "cookie" set as one, too',
  })
  @ApiFields(ticketFields)
  async issue(
    @Caller() caller: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TicketView> {
    const fields = await readFields(request, ticketFields);
    const ticket = await this.tickets.issue(caller, fields);
    if (fields.cookie) response.append('Set-Cookie', ticketCookie(ticket, this.isSecure(request)));
    return { ticket: ticket.text, expires_at: new Date(ticket.expiresAt).toISOString() };
  }

  @Post('v1/tickets/keys/rotate')
  @RequireScope('manage')
  @ApiOperation({
    summary: 'Sign with another key from now on, and refuse all tickets of before (root key only)',
  })
  async rotate(@Caller() caller: Principal): Promise<{ keys: PublicKey[] }> {
    if (!caller.root) throw new Problem('not-allowed', 'The keys of tickets are replaced with the root key.');
    return { keys: await this.signingKeys.replace() };
  }

  @Get('.well-known/jwks.json')
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_S}`)
  @ApiOperation({ summary: 'The public keys of tickets' })
  async publicKeys(): Promise<{ keys: PublicKey[] }> {
    return { keys: await this.signingKeys.published() };
  }

  private isSecure(request: Request): boolean {
    return this.settings.publicUrl?.startsWith('https://') ?? request.secure;
  }
}
