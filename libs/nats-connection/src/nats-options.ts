import type { NodeConnectionOptions } from '@nats-io/transport-node';

/** How a service reaches NATS. */
export interface NatsOptions {
  /** Server addresses, comma-separated, such as `nats://user:password@host:4222`. All of them are tried. */
  readonly url: string;
  /** User of the service; wins over one in the address. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Shown in the server's connection list; say which service and what for. */
  readonly name: string;
  /** Called with the name at first, and each time the connection comes up or is lost. Must not throw. */
  readonly onState?: ((name: string, up: boolean) => void) | undefined;
}

/** Users whose names can be part of a subject have inboxes of their own, which others may be kept from hearing. */
const INBOX_OWNER = /^[\w-]+$/;

/**
 * Options for the NATS client that suit a service: it reconnects for ever (the client's default gives up after
 * ten attempts, about 21 s) and finds a black hole within two missed pings rather than within minutes.
 */
export function clientOptions({ url, user, password, name }: NatsOptions): NodeConnectionOptions {
  const servers = url.split(',').map((part) => part.trim());
  const inUrl = credentialsIn(servers[0] ?? '');
  const login: { user?: string; pass?: string } = user === undefined ? inUrl : { user, pass: password ?? '' };
  return {
    servers: servers.map(withoutCredentials),
    name,
    ...login,
    ...(login.user !== undefined && INBOX_OWNER.test(login.user) && { inboxPrefix: `_INBOX_${login.user}` }),
    maxReconnectAttempts: -1,
    // Short, because events go on while a gateway is away, and history is not endless.
    reconnectTimeWait: 50,
    reconnectJitter: 50,
    // A connection that has gone silent is given up within 9 s.
    pingInterval: 3_000,
    maxPingOut: 2,
    timeout: 5_000,
    // A password that is being rotated is refused for a moment; giving up for good would need a person.
    ignoreAuthErrorAbort: true,
  };
}

function credentialsIn(server: string): { user?: string; pass?: string } {
  const url = parse(server);
  if (url === undefined || url.username === '') return {};
  return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
}

function withoutCredentials(server: string): string {
  const url = parse(server);
  return url === undefined ? server : url.host;
}

function parse(server: string): URL | undefined {
  const text = server.includes('://') ? server : `nats://${server}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
