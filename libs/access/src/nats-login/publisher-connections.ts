import { z } from 'zod';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import type { KeyRef } from '../decision.js';
import { parseJson } from '../parse-json.js';
import { readLoginName } from './login-name.js';

/** Milliseconds between two looks at all connections: servers tell of each, and what they tell can be lost. */
const SYNC_MS = 60_000;
/** Milliseconds in which the servers of a cluster answer. */
const ANSWER_MS = 1_000;
/** Connections in one answer: the server's own default. */
const PAGE = 1_024;

export interface PublisherConnectionsOptions {
  /** Account whose connections these are. */
  readonly account: string;
  /** Watches over a key; calls back once when it is not good any more. Returns what ends the watch. */
  readonly watch: (key: KeyRef, onEnd: () => void) => () => void;
  readonly onError: (error: unknown) => void;
}

const eventSchema = z.object({
  server: z.object({ id: z.string() }),
  client: z.object({ id: z.number(), user: z.string() }),
});
const pageSchema = z.object({
  server: z.object({ id: z.string() }),
  data: z.object({
    total: z.number(),
    connections: z.array(z.object({ cid: z.number(), authorized_user: z.string().optional() })),
  }),
});

interface Connection {
  readonly serverId: string;
  /** The server's number for it. */
  readonly cid: number;
  readonly key: KeyRef;
}

/**
 * The connections that are signed in with API keys, on all servers, so that those of a revoked key are ended.
 *
 * The servers tell of each that comes and goes. Who they are is asked after each connect to NATS and now and then,
 * so neither a restart of auth nor a lost message lets one slip. Every replica of auth watches over all of them.
 */
export class PublisherConnections {
  private readonly watched = new Map<string, { readonly since: number; readonly stop: () => void }>();
  private readonly timer: NodeJS.Timeout;
  private closed = false;
  private readonly stopListening: () => void;

  /** @param link signed in to the system account; stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly options: PublisherConnectionsOptions,
  ) {
    let heard: NatsConnection | undefined;
    this.stopListening = link.onUp((connection) => {
      // The client renews its subscriptions itself, but not on a connection that replaced another.
      if (heard !== connection) this.listen(connection);
      heard = connection;
      void this.sync();
    });
    this.timer = setInterval(() => void this.sync(), SYNC_MS);
  }

  /** How many there are, as far as is known. */
  get size(): number {
    return this.watched.size;
  }

  /** Ends the watch; the connections stay. */
  close(): void {
    this.closed = true;
    this.stopListening();
    clearInterval(this.timer);
    for (const { stop } of this.watched.values()) stop();
    this.watched.clear();
  }

  private listen(connection: NatsConnection): void {
    const on = (event: string, take: (connection: Connection) => void) =>
      connection.subscribe(`$SYS.ACCOUNT.${this.options.account}.${event}`, {
        callback: (error, message) => {
          const told = error === null ? eventSchema.safeParse(parseJson(message.string())) : undefined;
          if (told?.success !== true) return this.options.onError(error ?? told?.error);
          const { server, client } = told.data;
          const key = readLoginName(client.user);
          if (key !== undefined) take({ serverId: server.id, cid: client.id, key });
        },
      });
    on('CONNECT', (client) => this.add(client));
    on('DISCONNECT', (client) => this.remove(idOf(client)));
  }

  private add(client: Connection): void {
    const id = idOf(client);
    if (this.closed || this.watched.has(id)) return;
    const stop = this.options.watch(client.key, () => void this.end(client));
    this.watched.set(id, { since: performance.now(), stop });
  }

  private remove(id: string): void {
    this.watched.get(id)?.stop();
    this.watched.delete(id);
  }

  private async end(client: Connection): Promise<void> {
    const { serverId, cid } = client;
    this.watched.delete(idOf(client));
    try {
      await this.ask(`$SYS.REQ.SERVER.${serverId}.KICK`, { cid });
    } catch (error) {
      if (!this.closed) this.options.onError(error);
      // Watched again, which finds the key as it is and tries again. One that has gone is forgotten by the next sync.
      if (this.link.up) this.add(client);
    }
  }

  private async sync(): Promise<void> {
    if (!this.link.up) return;
    const startedAt = performance.now();
    try {
      const found = await this.list();
      for (const client of found.values()) this.add(client);
      for (const [id, { since }] of this.watched) {
        if (since < startedAt && !found.has(id)) this.remove(id);
      }
    } catch (error) {
      if (!this.closed) this.options.onError(error);
    }
  }

  private async list(): Promise<Map<string, Connection>> {
    const found = new Map<string, Connection>();
    const connection = this.link.connection();
    const answers = await connection.requestMany('$SYS.REQ.SERVER.PING.CONNZ', this.pageRequest(0), {
      strategy: 'timer',
      maxWait: ANSWER_MS,
    });
    for await (const answer of answers) {
      const { server, data } = pageSchema.parse(answer.json());
      keep(server.id, data.connections, found);
      for (let offset = data.connections.length; offset < data.total; offset += PAGE) {
        const page = await this.ask(`$SYS.REQ.SERVER.${server.id}.CONNZ`, this.pageRequest(offset));
        keep(server.id, pageSchema.parse(page).data.connections, found);
      }
    }
    return found;
  }

  private pageRequest(offset: number): string {
    return JSON.stringify({ acc: this.options.account, auth: true, limit: PAGE, offset });
  }

  private async ask(subject: string, question: object | string): Promise<unknown> {
    const payload = typeof question === 'string' ? question : JSON.stringify(question);
    return (await this.link.connection().request(subject, payload, { timeout: ANSWER_MS })).json();
  }
}

function keep(
  serverId: string,
  connections: z.output<typeof pageSchema>['data']['connections'],
  found: Map<string, Connection>,
): void {
  for (const { cid, authorized_user: user } of connections) {
    const key = user === undefined ? undefined : readLoginName(user);
    if (key !== undefined) found.set(idOf({ serverId, cid }), { serverId, cid, key });
  }
}

function idOf({ serverId, cid }: Pick<Connection, 'serverId' | 'cid'>): string {
  return `${serverId} ${cid}`;
}
