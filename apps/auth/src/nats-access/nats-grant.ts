import { ANY_STREAM, allows, type LoginGrant, loginName, type Principal } from '#libs/access';
import {
  inboxPrefixOf,
  presenceSubject,
  presenceSubjectsOf,
  publishSubject,
  publishSubjectsOf,
  type StreamRef,
} from '#libs/contracts';

/**
 * Seconds after which the server ends a connection, whose client comes back by itself and is decided on anew.
 * A revoked key does not wait for that; it is what is left if nobody of auth is there to end its connections.
 */
const LOGIN_LIFE_S = 900;
/** The share of it that a connection has at least: drawn anew for each, so that they do not come back together. */
const SHORTEST_LIFE = 0.8;

/**
 * What a key may do when it signs in to NATS, and nothing else: publish to its streams and hear the answers to that,
 * with the scope `publish`; hear whether its streams have subscribers, with the scope `subscribe`.
 *
 * @param account in which the connection is put
 * @returns undefined for a key that may do neither
 */
export function natsGrant(principal: Principal, account: string): LoginGrant | undefined {
  const publishes = allows(principal, 'publish');
  const subscribes = allows(principal, 'subscribe');
  if (!publishes && !subscribes) return undefined;
  const { keyId, expiresAt = Number.POSITIVE_INFINITY } = principal;
  const share = SHORTEST_LIFE + Math.random() * (1 - SHORTEST_LIFE);
  return {
    name: loginName(principal),
    account,
    publish: publishes ? subjectsFor(principal, publishSubject, publishSubjectsOf) : [],
    subscribe: [
      ...(publishes ? [`${inboxPrefixOf(keyId)}.>`] : []),
      ...(subscribes ? subjectsFor(principal, presenceSubject, presenceSubjectsOf) : []),
    ],
    expiresAtS: Math.floor(Math.min(Date.now() / 1_000 + LOGIN_LIFE_S * share, expiresAt / 1_000)),
  };
}

/** The subjects of a key's streams, or of all streams of its workspace. */
function subjectsFor(
  { workspace, streams }: Principal,
  ofStream: (ref: StreamRef) => string,
  ofWorkspace: (workspace: string) => string,
): string[] {
  if (streams.includes(ANY_STREAM)) return [ofWorkspace(workspace)];
  return streams.map((stream) => ofStream({ workspace, stream }));
}
