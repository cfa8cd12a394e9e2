import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../parse-json.js';
import type { AccountKey } from './nkey.js';

/** What a server asks of the auth callout, as far as it matters here. */
export interface LoginRequest {
  readonly serverId: string;
  /** Made by the server for this connection: whom the answer is for. */
  readonly userKey: string;
  /** What the client has sent as its token. A secret. */
  readonly token: string | undefined;
}

/** What a connection may do. */
export interface LoginGrant {
  /** Shown by the server as the user of the connection, in its log and events: nothing secret. */
  readonly name: string;
  /** Account in which the connection is put. */
  readonly account: string;
  /** Subjects, with wildcards. None: nothing is allowed. */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whole seconds since 1970 at which the server ends the connection. */
  readonly expiresAtS: number;
}

/** Subscriptions that a connection may have beside those that it is granted: clients may make one a request. */
const MORE_SUBSCRIPTIONS = 64;
/**
 * Bytes of the largest message, above which the server cuts the connection. Twice an event's, so that one which is
 * somewhat too large is answered by ingest, with the reason.
 */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Not LEAFNODE and not MQTT, which would bring subjects of their own. */
const CONNECTION_TYPES = ['STANDARD', 'WEBSOCKET'];

const requestSchema = z.object({
  nats: z.object({
    type: z.literal('authorization_request'),
    server_id: z.object({ id: z.string() }),
    user_nkey: z.string(),
    connect_opts: z.object({ auth_token: z.string().optional() }),
  }),
});

/**
 * Reads a request. Its signature is not looked at: whoever can send one to the account of the callout gains
 * nothing by it that the key in it does not give anyway.
 *
 * @returns undefined for what no server has written
 */
export function readLoginRequest(token: string): LoginRequest | undefined {
  const parsed = requestSchema.safeParse(payloadOf(token));
  if (!parsed.success) return undefined;
  const { server_id, user_nkey, connect_opts } = parsed.data.nats;
  return { serverId: server_id.id, userKey: user_nkey, token: connect_opts.auth_token };
}

/** The answer that lets a connection in, or undefined as the grant for the one that refuses it. */
export function writeLoginAnswer(
  issuer: AccountKey,
  { serverId, userKey }: LoginRequest,
  grant: LoginGrant | undefined,
): string {
  const outcome = grant === undefined ? { error: 'refused' } : { jwt: userToken(issuer, userKey, grant) };
  return signed(issuer, {
    aud: serverId,
    sub: userKey,
    nats: { type: 'authorization_response', version: 2, ...outcome },
  });
}

function userToken(issuer: AccountKey, userKey: string, grant: LoginGrant): string {
  return signed(issuer, {
    aud: grant.account,
    sub: userKey,
    name: grant.name,
    exp: grant.expiresAtS,
    nats: {
      type: 'user',
      version: 2,
      pub: permission(grant.publish),
      sub: permission(grant.subscribe),
      subs: grant.subscribe.length + MORE_SUBSCRIPTIONS,
      payload: MAX_MESSAGE_BYTES,
      data: -1,
      allowed_connection_types: CONNECTION_TYPES,
    },
  });
}

/** To nats-server an empty list of what is allowed means that everything is. */
function permission(subjects: readonly string[]) {
  return subjects.length === 0 ? { deny: ['>'] } : { allow: subjects };
}

/** A token in the form of NATS, which is that of JWT with an algorithm of its own name. */
function signed(issuer: AccountKey, claims: object): string {
  const head = base64url({ typ: 'JWT', alg: 'ed25519-nkey' });
  const issuedAt = Math.floor(Date.now() / 1_000);
  const body = base64url({ jti: randomUUID(), iat: issuedAt, iss: issuer.publicKey, ...claims });
  const signature = issuer.sign(Buffer.from(`${head}.${body}`));
  return `${head}.${body}.${signature.toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function payloadOf(token: string): unknown {
  return parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
