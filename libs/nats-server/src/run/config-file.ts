import { NatsServerFailed } from '../errors.js';
import { accountEntries, type NatsAccounts } from './accounts.js';
import type { NatsCredentials } from './credentials.js';

/** A server's part in a cluster. */
export interface NatsClusterSettings {
  readonly name: string;
  /** This server's name, unique in the cluster and the same after a restart: JetStream's peers know it by that. */
  readonly serverName: string;
  /** Addresses for routes, `nats://host:port`; its own may be among them. */
  readonly routes: readonly string[];
  /** Address that the other servers connect to. Default: the host that clients use. */
  readonly host?: string;
  readonly port: number;
}

export interface ServerSettings {
  readonly host: string;
  /** -1: any free one. */
  readonly port: number;
  readonly storeDir: string;
  readonly portsDir: string;
  readonly maxPayloadBytes: number;
  readonly maxFileStoreBytes: number | undefined;
  readonly syncAlways: boolean;
  readonly users: readonly NatsCredentials[];
  readonly systemUser: NatsCredentials | undefined;
  readonly accounts: NatsAccounts | undefined;
  readonly cluster: NatsClusterSettings | undefined;
  readonly monitoring: boolean;
  readonly extraConfig: string | undefined;
}

/** The escapes of JSON that nats-server does not know: \b, \f and \uXXXX after an even number of backslashes. */
const FOREIGN_ESCAPE = /(?<!\\)(?:\\\\)*\\[bfu]/;

/**
 * The text of a nats-server configuration file. Each value is JSON, which nats-server's own format includes.
 *
 * @throws NatsServerFailed when a text holds a control character that nats-server's strings cannot have
 */
export function configFile(settings: ServerSettings): string {
  const { host, cluster } = settings;
  const entries: Record<string, unknown> = {
    host,
    port: settings.port,
    server_name: cluster?.serverName,
    ports_file_dir: settings.portsDir,
    max_payload: settings.maxPayloadBytes,
    http: settings.monitoring ? '127.0.0.1:-1' : undefined,
    jetstream: {
      store_dir: settings.storeDir,
      max_file_store: settings.maxFileStoreBytes,
      sync_interval: settings.syncAlways ? 'always' : undefined,
    },
    authorization: settings.users.length === 0 ? undefined : { users: settings.users },
    accounts: settings.systemUser && { $SYS: { users: [settings.systemUser] } },
    ...(settings.accounts && accountEntries(settings.accounts)),
    cluster: cluster && {
      name: cluster.name,
      host: cluster.host ?? host,
      port: cluster.port,
      routes: cluster.routes,
    },
  };
  const lines = Object.entries(entries)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const text = lines.join('\n');
  if (FOREIGN_ESCAPE.test(text)) {
    throw new NatsServerFailed('A name, password or path for nats-server holds a control character');
  }
  return [text, settings.extraConfig ?? '', ''].join('\n');
}
