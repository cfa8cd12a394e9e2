import { ANY_STREAM, allows, type LoginGrant, loginName, type Principal } from '#libs/access';
import { inboxPrefixOf, publishSubject, publishSubjectsOf } from '#libs/contracts';

/**
 * Seconds after which the server ends a connection, whose client comes back by itself and is decided on anew.
 * A revoked key does not wait for that; it is what is left if nobody of auth is there to end its connections.
 */
const LOGIN_LIFE_S = 900;
/** The share of it that a connection has at least: drawn anew for each, so that they do not come back together. */
const SHORTEST_LIFE = 0.8;

/**
 * What a key may do when it signs in to NATS: publish to its streams, hear the answers to that, and nothing else.
 *
 * @param account in which the connection is put
 * @returns undefined for a key that may not publish at all
 */
export function publisherGrant(principal: Principal, account: string): LoginGrant | undefined {
  if (!allows(principal, 'publish')) return undefined;
  const { workspace, streams, keyId, expiresAt = Number.POSITIVE_INFINITY } = principal;
  const all = streams.includes(ANY_STREAM);
  const share = SHORTEST_LIFE + Math.random() * (1 - SHORTEST_LIFE);
  return {
    name: loginName(principal),
    account,
    publish: all
      ? [publishSubjectsOf(workspace)]
      : streams.map((stream) => publishSubject({ workspace, stream })),
    subscribe: [`${inboxPrefixOf(keyId)}.>`],
    expiresAtS: Math.floor(Math.min(Date.now() / 1_000 + LOGIN_LIFE_S * share, expiresAt / 1_000)),
  };
}
