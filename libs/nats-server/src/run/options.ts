import type { FindNatsServerOptions } from '../find/find-nats-server.js';
import type { NatsAccounts } from './accounts.js';
import type { NatsClusterSettings } from './config-file.js';
import type { NatsCredentials } from './credentials.js';
import type { NatsServerExit } from './nats-process.js';

export interface StartNatsServerOptions {
  /** Path of the nats-server binary. Default: what {@link findNatsServer} finds or fetches. */
  readonly binary?: string;
  /** How to look for the binary when `binary` is not given. */
  readonly find?: FindNatsServerOptions;
  /** JetStream's directory, made if need be. Default: a temporary one, which `stop()` removes with all data. */
  readonly storeDir?: string;
  /** Address to listen on. Default: 127.0.0.1, out of reach for other machines. */
  readonly host?: string;
  /** Default or 0: a free one, chosen by the server and kept over restarts. */
  readonly port?: number;
  /** Bytes of the largest message, headers included. Default: 4 MiB. */
  readonly maxPayloadBytes?: number;
  /** Bytes that JetStream may keep in files. Default: nats-server's own, three quarters of the free disk. */
  readonly maxFileStoreBytes?: number;
  /** Who may sign in. Default: everybody who reaches the port, without a password. */
  readonly users?: readonly NatsCredentials[];
  /** A user of the system account, which sees server events and may ask for a leader to step down. Default: none. */
  readonly systemUser?: NatsCredentials;
  /** Accounts for services and publishers, in place of `users` and `systemUser`. Default: one account for all. */
  readonly accounts?: NatsAccounts;
  /** Default: a server of its own. */
  readonly cluster?: NatsClusterSettings;
  /** Whether every write is on the disk before it is acknowledged. Default: false, as nats-server has it. */
  readonly syncAlways?: boolean;
  /** Whether to serve the HTTP monitoring pages on a free port of 127.0.0.1, to everybody there. Default: false. */
  readonly monitoring?: boolean;
  /** Further text for the configuration file, such as accounts. Default: none. */
  readonly extraConfig?: string;
  /** GOMEMLIMIT of the server, such as `1GiB`. Default: that of this process's environment, or `512MiB`. */
  readonly memoryLimit?: string;
  /** Milliseconds until it must be ready; recovery of a big store counts. Default: 15,000. */
  readonly startTimeoutMs?: number;
  /** Milliseconds from SIGTERM to SIGKILL when it is stopped. Default: 10,000. */
  readonly stopTimeoutMs?: number;
  /**
   * File that remembers the running server, so that the next start ends it if this process is killed. Beside
   * it lies a directory of the same name and `.d`. Default: none, for tests and the like.
   */
  readonly pidFile?: string;
  /** Whether a server that dies by itself is started again, on its port, until `stop()`. Default: false. */
  readonly restartOnExit?: boolean;
  /** Hears each line that the server logs. Default: the last 200 are kept for `logs()`, and nothing else. */
  readonly onLog?: (line: string) => void;
  /** Hears of each end that was not asked for by `stop()` or `restart()`. */
  readonly onUnexpectedExit?: (exit: UnexpectedExit) => void;
}

export interface UnexpectedExit extends NatsServerExit {
  /** The last lines it logged, oldest first. */
  readonly logs: readonly string[];
  /** Milliseconds until it is started again; undefined without `restartOnExit`. */
  readonly restartInMs: number | undefined;
  /** Why it did not get ready, when this is the end of a restart; undefined when it had been serving. */
  readonly error: Error | undefined;
}

/** A server that runs. Whoever started it calls `stop()`. */
export interface NatsServer {
  /** `nats://host:port`, without credentials; the same after a restart. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the process that runs now or ran last. */
  readonly pid: number;
  /** `http://127.0.0.1:port`, with `monitoring` only; another port after a restart. */
  readonly monitoringUrl: string | undefined;
  /** The end of the process that runs now; ask again after a restart. Never rejects. */
  readonly exited: Promise<NatsServerExit>;
  /** The last 200 lines, those of earlier processes of this server included. */
  logs(): string[];
  /** Sends a signal, as a fault would: what follows counts as unexpected. @returns false when it has gone */
  kill(signal: NodeJS.Signals): boolean;
  /**
   * Stops it if it runs and starts it again on the same port and store.
   *
   * @throws NatsServerFailed when it does not start again, and stays down then; restart may be called again
   */
  restart(): Promise<void>;
  /** SIGTERM, then SIGKILL; resolves when the process and all temporary files have gone. May be called again. */
  stop(): Promise<void>;
}
