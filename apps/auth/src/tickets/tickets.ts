import { Injectable } from '@nestjs/common';
import { allows, MAX_TICKET_LENGTH, type Principal, writeTicket } from '#libs/access';
import { Catalogue, type StreamEntry } from '#libs/catalogue';
import { type FieldError, Problem, type ProblemCode } from '#libs/contracts';
import { SigningKeys } from './signing-keys.js';
import type { TicketFields } from './ticket-fields.js';

export interface NewTicket {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Whole seconds that it lives. */
  readonly livesS: number;
}

/** Gives out tickets: each opens some streams that the key who asks may subscribe to, for a short while. */
@Injectable()
export class Tickets {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly signingKeys: SigningKeys,
  ) {}

  /**
   * @throws Problem `not-found`, `not-allowed` or `malformed-request`, naming the streams at fault
   * @throws Problem `unavailable`
   */
  async issue(caller: Principal, { streams, channels, ttlS }: TicketFields): Promise<NewTicket> {
    const entries = await this.entriesOf(caller, streams);
    const issuedAtS = Math.floor(Date.now() / 1_000);
    const keyEndsAtS = Math.floor((caller.expiresAt ?? Number.POSITIVE_INFINITY) / 1_000);
    const expiresAtS = Math.min(issuedAtS + ttlS, keyEndsAtS);
    const { keyId, fingerprint, workspace } = caller;
    const ids = [...new Set(entries.map(({ id }) => id))];
    const issuedBy = { keyId, fingerprint };
    const claims = { issuedBy, workspace, streams: ids, ...(channels && { channels }) };
    const signingKey = await this.signingKeys.current();
    const text = await writeTicket(signingKey, claims, { issuedAtS, expiresAtS });
    if (text.length > MAX_TICKET_LENGTH) throw tooLong();
    return { text, expiresAt: expiresAtS * 1_000, livesS: Math.max(0, expiresAtS - issuedAtS) };
  }

  private async entriesOf(caller: Principal, streams: readonly string[]): Promise<StreamEntry[]> {
    const found = await Promise.all(
      streams.map((idOrName) => this.catalogue.find(caller.workspace, idOrName)),
    );
    const entries = found.filter((entry) => entry !== undefined);
    if (entries.length < found.length) {
      const missing = (entry: StreamEntry | undefined) => entry === undefined;
      throw refusal('not-found', 'There are no such streams.', fieldErrors(found, missing, 'is unknown'));
    }
    const outOfReach = (entry: StreamEntry) => !allows(caller, 'subscribe', entry.id);
    const errors = fieldErrors(entries, outOfReach, 'is out of reach for the credential');
    if (errors.length > 0) {
      throw refusal('not-allowed', 'The credential does not allow to subscribe to these streams.', errors);
    }
    return entries;
  }
}

function fieldErrors<T>(items: readonly T[], isBad: (item: T) => boolean, message: string): FieldError[] {
  return items.flatMap((item, index) => (isBad(item) ? [{ field: `streams[${index}]`, message }] : []));
}

function refusal(code: ProblemCode, detail: string, errors: readonly FieldError[]): Problem {
  return new Problem(code, detail, { errors });
}

function tooLong(): Problem {
  const message = 'make a ticket too long for a cookie: name fewer, or shorter ones';
  return refusal('malformed-request', 'The ticket would be too long.', [{ field: 'channels', message }]);
}
