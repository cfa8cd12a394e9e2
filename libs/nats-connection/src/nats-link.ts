import {
  connect,
  createInbox,
  errors,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { Problem } from '#libs/contracts';
import { pause, within } from '#libs/timing';
import { clientOptions, type NatsOptions } from './nats-options.js';

/** Oldest server that has what Runnel builds on: batched direct get (2.11) and atomic batches (2.12). */
const OLDEST_SERVER = [2, 12] as const;

/** Milliseconds between attempts while no connection could be made at all, such as with a refused login. */
const RETRY_MS = 250;

/** Milliseconds that a server has to take what is left, before the connection is closed all the same. */
const CLOSE_MS = 1_000;

/** The server is older than Runnel supports. Retrying cannot help. */
export class NatsTooOld extends Error {
  override readonly name = 'NatsTooOld';
  readonly code = 'nats-too-old';
}

type UpListener = (connection: NatsConnection) => void;
type DownListener = (reason: string) => void;

/**
 * One connection to NATS for the life of a service. It exists before the server does and outlives the server's
 * restarts, so a service starts, answers its probes and recovers by itself whatever NATS does.
 *
 * Whoever calls {@link NatsLink.open} closes it with {@link NatsLink.close}.
 */
export class NatsLink {
  private current: NatsConnection | undefined;
  private isUp = false;
  private readonly closing = new AbortController();
  private readonly upListeners = new Set<UpListener>();
  private readonly downListeners = new Set<DownListener>();
  private readonly running: Promise<void>;

  /** Settles with the error that no retry can mend; stays pending otherwise. */
  readonly failed: Promise<Error>;
  private fail!: (error: Error) => void;

  private constructor(private readonly options: NatsOptions) {
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
    options.onState?.(options.name, false);
    this.running = this.run();
  }

  /** Starts connecting at once and returns without waiting; never throws for an absent server. */
  static open(options: NatsOptions): NatsLink {
    return new NatsLink(options);
  }

  /** Whether the connection stands at this moment. */
  get up(): boolean {
    return this.isUp;
  }

  /**
   * The connection, for use now.
   *
   * @throws Problem `unavailable` while there is none: a request is refused at once rather than buffered, since
   *   what the client buffers could be stored long after the caller was told that it failed
   */
  connection(): NatsConnection {
    if (this.current === undefined || !this.isUp) {
      throw new Problem('unavailable', 'The message system cannot be reached.');
    }
    return this.current;
  }

  /**
   * Does something over the connection and gives it up when the connection is lost: the client itself would let a
   * request wait for its whole timeout.
   *
   * @throws Problem `unavailable` without a connection, when it is lost, or when nobody answers in time; what the
   *   work itself throws otherwise
   */
  async whileUp<T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const connection = this.connection();
    let stop = () => {};
    const lost = new Promise<never>((_resolve, reject) => {
      stop = this.onDown(() => reject(new Problem('unavailable', 'The message system was lost.')));
    });
    try {
      return await Promise.race([work(connection), lost]);
    } catch (error) {
      if (!isSilence(error)) throw error;
      throw new Problem('unavailable', 'The message system does not answer.', { cause: error });
    } finally {
      stop();
    }
  }

  /** The connection as soon as it stands. Rejects when the link is closed or the server is too old. */
  whenUp(): Promise<NatsConnection> {
    if (this.current !== undefined && this.isUp) return Promise.resolve(this.current);
    return new Promise((resolve, reject) => {
      const stop = this.onUp((connection) => {
        stop();
        resolve(connection);
      });
      void this.failed.then((error) => {
        stop();
        reject(error);
      });
    });
  }

  /** A subject that nobody else has, for answers to this link's own questions. */
  newInbox(): string {
    return createInbox(clientOptions(this.options).inboxPrefix);
  }

  /** Calls the listener now if the connection stands, and after each (re)connect. Returns what removes it. */
  onUp(listener: UpListener): () => void {
    this.upListeners.add(listener);
    if (this.current !== undefined && this.isUp) {
      const { current } = this;
      queueMicrotask(() => {
        if (this.upListeners.has(listener)) listener(current);
      });
    }
    return () => this.upListeners.delete(listener);
  }

  /** Calls the listener each time the connection is lost. Returns what removes it. */
  onDown(listener: DownListener): () => void {
    this.downListeners.add(listener);
    return () => this.downListeners.delete(listener);
  }

  /**
   * Subscribes for as long as the link lives, whatever becomes of the connection. Returns what ends it.
   *
   * @param hear must not throw: that would stop the whole connection from reading
   */
  subscribe(subject: string, hear: (message: Msg) => void, options: { queue?: string } = {}): () => void {
    let subscription: Subscription | undefined;
    const stop = this.onUp((connection) => {
      // The client renews its subscriptions itself, but not on a connection that replaced another.
      if (subscription?.isClosed() === false) return;
      subscription = connection.subscribe(subject, {
        ...options,
        callback: (error, message) => {
          if (error === null) hear(message);
        },
      });
    });
    return () => {
      stop();
      subscription?.unsubscribe();
    };
  }

  /** Publishes if the connection stands; for what may be lost. @returns whether it was sent */
  announce(subject: string, payload: string): boolean {
    try {
      this.connection().publish(subject, payload);
      return true;
    } catch {
      return false;
    }
  }

  /** Sends what is buffered, ends the subscriptions and closes. Safe to call twice. */
  async close(): Promise<void> {
    this.closing.abort();
    this.fail(new Problem('unavailable', 'The connection to the message system was closed.'));
    const { current } = this;
    if (current !== undefined && !current.isClosed()) {
      if (this.isUp) await within(CLOSE_MS, current.drain()).catch(() => {});
      await current.close();
    }
    // A server that does not answer is not waited for.
    await within(CLOSE_MS, this.running);
  }

  private async run(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const connection = await this.connectOnce();
        if (connection === undefined) return;
        await this.follow(connection);
      } catch (error) {
        if (error instanceof NatsTooOld) {
          this.fail(error);
          return;
        }
        this.goDown(error instanceof Error ? error.message : String(error));
        await pause(RETRY_MS, this.closing.signal);
      }
    }
  }

  /** A fresh connection, or undefined when the link was closed meanwhile. */
  private async connectOnce(): Promise<NatsConnection | undefined> {
    // The client's own waitOnFirstConnect cannot be called off, so close() would hang on an absent server.
    const connection = await connect(clientOptions(this.options));
    if (this.closing.signal.aborted) {
      await connection.close();
      return undefined;
    }
    try {
      requireVersion(connection.info?.version ?? '0.0.0');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  private async follow(connection: NatsConnection): Promise<void> {
    this.current = connection;
    // The iterator exists before anybody learns of the connection, so no status can slip between.
    const statuses = connection.status();
    this.goUp(connection);
    for await (const status of statuses) {
      if (status.type === 'disconnect') this.goDown('disconnected');
      else if (status.type === 'reconnect') this.goUp(connection);
      else if (status.type === 'close') break;
    }
    await connection.closed();
    this.goDown('closed');
  }

  private goUp(connection: NatsConnection): void {
    this.isUp = true;
    this.options.onState?.(this.options.name, true);
    for (const listener of [...this.upListeners]) listener(connection);
  }

  private goDown(reason: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    if (!this.closing.signal.aborted) this.options.onState?.(this.options.name, false);
    for (const listener of [...this.downListeners]) listener(reason);
  }
}

function isSilence(error: unknown): boolean {
  if (error instanceof errors.RequestError) return error.isNoResponders() || isSilence(error.cause);
  return error instanceof errors.TimeoutError || error instanceof errors.NoRespondersError || isClosed(error);
}

function isClosed(error: unknown): boolean {
  return error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError;
}

function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new NatsTooOld(
    `nats-server ${version} is too old: Runnel needs ${oldestMajor}.${oldestMinor} or newer.`,
  );
}
