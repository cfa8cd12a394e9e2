import { Controller, Get, Header, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Caller, type Principal, type PublicKey, RequireScope } from '#libs/access';
import { Problem } from '#libs/contracts';
import { AnswersInTime, ApiCall, ApiFields, type CommonSettings, readFields, SETTINGS } from '#libs/service';
import { SigningKeys } from './signing-keys.js';
import { ticketCookie } from './ticket-cookie.js';
import { ticketFields } from './ticket-fields.js';
import { Tickets } from './tickets.js';

/** A ticket as the API shows it. */
export interface TicketView {
  readonly ticket: string;
  readonly expires_at: string;
}

/** Public keys as the documentation shows them. */
const KEYS_EXAMPLE = {
  keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg…', kid: 'k1', alg: 'EdDSA', use: 'sig' }],
};

/** Seconds for which caches may keep the public keys. A verifier that meets an unknown key asks again. */
const JWKS_MAX_AGE_S = 300;

/** Tickets for browsers, and the public keys that they are verified with. */
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
  @ApiCall({
    summary: 'A ticket that opens these streams and nothing else; with "cookie" set as one, too',
    status: 201,
    answer: { ticket: 'eyJhbGciOiJFZERTQSJ9.…', expires_at: '2026-01-31T12:01:00.000Z' },
    problems: ['not-found'],
  })
  @ApiFields(ticketFields, { streams: ['p_5hRZ0gQpXo2kVfW8aNcT3u'], channels: ['prices'], ttl_s: 60 })
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
  @ApiCall({
    status: 201,
    answer: KEYS_EXAMPLE,
    summary: 'Sign with another key from now on, and refuse all tickets of before (root key only)',
  })
  async rotate(@Caller() caller: Principal): Promise<{ keys: PublicKey[] }> {
    if (!caller.root) throw new Problem('not-allowed', 'The keys of tickets are replaced with the root key.');
    return { keys: await this.signingKeys.replace() };
  }

  @Get('.well-known/jwks.json')
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_S}`)
  @ApiCall({ summary: 'The public keys of tickets', answer: KEYS_EXAMPLE })
  async publicKeys(): Promise<{ keys: PublicKey[] }> {
    return { keys: await this.signingKeys.published() };
  }

  private isSecure(request: Request): boolean {
    return this.settings.publicUrl?.startsWith('https://') ?? request.secure;
  }
}
