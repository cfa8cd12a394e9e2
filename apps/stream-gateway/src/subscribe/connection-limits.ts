import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { Problem } from '#libs/contracts';
import { clientAddress, type Place, Tally } from '#libs/limits';
import { Colleagues, SETTINGS } from '#libs/service';
import type { GatewaySettings } from '../gateway-settings.js';

/** Seconds after which one that was sent away may try again: connections end now and then, and not at once. */
const RETRY_AFTER_S = 10;

/** What a connection counts as. */
export interface ConnectionPlaces {
  readonly ofAddress: Place;
  readonly ofKey: Place | undefined;
}

/**
 * How many connections each address and each key has on this gateway, all of its workers together. A ticket counts as
 * the key that made it.
 *
 * Costs an entry for each address and key that is connected and two references for each connection.
 */
@Injectable()
export class ConnectionLimits {
  private readonly byAddress: Tally;
  private readonly byKey: Tally;

  constructor(@Inject(SETTINGS) settings: GatewaySettings, colleagues: Colleagues) {
    const { maxConnectionsPerAddress, maxConnectionsPerKey } = settings;
    this.byAddress = new Tally(maxConnectionsPerAddress, colleagues.counts('connections-per-address'));
    this.byKey = new Tally(maxConnectionsPerKey, colleagues.counts('connections-per-key'));
  }

  /**
   * Counts a connection that is about to be opened. What is returned is for {@link leave}.
   *
   * @throws Problem `too-many-connections`
   */
  enter(request: object, caller: Principal | undefined): ConnectionPlaces {
    const ofAddress = this.byAddress.take(clientAddress(request));
    if (ofAddress === undefined) throw tooMany('this address', 'connections-per-address');
    if (caller === undefined) return { ofAddress, ofKey: undefined };
    const ofKey = this.byKey.take(caller.keyId);
    if (ofKey !== undefined) return { ofAddress, ofKey };
    this.byAddress.give(ofAddress);
    throw tooMany('this key, or tickets of it', 'connections-per-key');
  }

  /** The connection is over. Once. */
  leave({ ofAddress, ofKey }: ConnectionPlaces): void {
    this.byAddress.give(ofAddress);
    if (ofKey !== undefined) this.byKey.give(ofKey);
  }
}

function tooMany(whose: string, limit: string): Problem {
  return new Problem('too-many-connections', `Too many connections of ${whose} are open.`, {
    retryAfterS: RETRY_AFTER_S,
    limit,
  });
}
