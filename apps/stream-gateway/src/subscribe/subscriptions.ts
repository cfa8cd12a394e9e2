import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { AccessService, type Principal } from '#libs/access';
import { StreamDirectory, type StreamEntry } from '#libs/catalogue';
import { HEARTBEAT_COMMENT, type KeptStream } from '#libs/contracts';
import { corsHeadersFor, SETTINGS, setCorsHeaders } from '#libs/service';
import { framed, openOutlet } from '#libs/sse';
import { type Connection, type ConnectionOptions, Hubs } from '../fan-out/index.js';
import type { GatewaySettings } from '../gateway-settings.js';
import type { Admission } from './admission.js';
import { ConnectionLimits, type ConnectionPlaces } from './connection-limits.js';
import { Life, NestPart } from './nest-response.js';
import type { MergeQuery, SubscribeQuery } from './subscribe-query.js';

/** Milliseconds that a client is told to wait before it reconnects: drawn anew for each, so that they spread. */
const RETRY_MS = { least: 1_000, most: 5_000 };

/** The share of the maximum life after which a connection ends at the earliest. */
const SHORTEST_LIFE = 0.8;

/** Opens subscribers' connections and ends them when what admitted them no longer holds. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly hubs: Hubs,
    private readonly access: AccessService,
    private readonly directory: StreamDirectory,
    private readonly limits: ConnectionLimits,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /** Whether a subscriber without a credential, or one with it, would be let in again now. Made once for all of them. */
  private readonly mayReturn = () => this.hubs.reachable;
  private readonly mayReturnWithKey = () => this.hubs.reachable && this.access.reachable;

  /** The headers that a response to this subscriber has besides those of every event stream. */
  headers(request: Request, admissions: readonly Admission[]) {
    const publicResource = admissions.every(({ entry }) => entry.visibility === 'public');
    return corsHeadersFor(request.get('origin'), { origins: this.settings.corsOrigins, publicResource });
  }

  /**
   * The connection's life as an Observable that emits nothing: subscribing joins the stream's hub, which writes
   * frames to the socket itself; it completes when Runnel ends the connection, and unsubscribing leaves the hub.
   */
  open(request: Request, response: Response, admission: Admission, query: SubscribeQuery): Observable<never> {
    const { entry } = admission;
    return this.live(request, response, [admission], HEARTBEAT_COMMENT[entry.kind], (life) =>
      this.hubs.of(refOf(entry), entry.kind).join({
        ...life,
        ...query,
        channels: allowedChannels(query.channels, admission.caller),
      }),
    );
  }

  /** The same for several streams on one connection. */
  merge(
    request: Request,
    response: Response,
    admissions: readonly Admission[],
    query: MergeQuery,
  ): Observable<never> {
    return this.live(request, response, admissions, HEARTBEAT_COMMENT.workflow, (life) => {
      const { cursor, replay, envelope } = query;
      const channels = allowedChannels(query.channels, callerOf(admissions));
      const streams = admissions.map(({ entry }) => ({ ref: refOf(entry), kind: entry.kind }));
      return this.hubs.merge(streams, { ...life, cursor, replay, envelope, channels });
    });
  }

  private live(
    request: Request,
    response: Response,
    admissions: readonly Admission[],
    comment: string,
    join: (life: Pick<ConnectionOptions, 'outlet' | 'endsAtMs' | 'mayReturn' | 'onEnd'>) => Connection,
  ): Observable<never> {
    const nest = new NestPart(request, response);
    return new Life((subscriber) => {
      const caller = callerOf(admissions);
      // What this throws is answered as a problem: the head has not been sent yet.
      const stay = new Stay(this.limits, this.enter(request, response, admissions));
      subscriber.add(stay.end);
      // A pipelined request whose turn has not come has a response without a socket, which does not hear of its end.
      const ours = response.socket !== null;
      const outlet = openOutlet(request, response, this.headers(request, admissions));
      outlet.write(framed(outlet.framing, firstBytes(comment)));
      const connection = join({
        outlet,
        endsAtMs: this.endOfLife(),
        mayReturn: caller === undefined ? this.mayReturn : this.mayReturnWithKey,
        onEnd: ours ? endOf(outlet) : endOf({ end: () => subscriber.complete() }),
      });
      stay.begin(connection, this.watchers(connection, admissions));
      if (!ours) return;
      subscriber.remove(stay.end);
      response.on('close', stay.end);
      nest.end();
      subscriber.complete();
    });
  }

  /** @throws Problem `too-many-connections`, which pages that may read the stream may read as well */
  private enter(request: Request, response: Response, admissions: readonly Admission[]): ConnectionPlaces {
    try {
      return this.limits.enter(request, callerOf(admissions));
    } catch (error) {
      setCorsHeaders(response, this.headers(request, admissions));
      throw error;
    }
  }

  /** Has the connection closed when what admitted it no longer holds. Returns what ends that. */
  private watchers(connection: Connection, admissions: readonly Admission[]): (() => void)[] {
    const stops = admissions.map((admission) =>
      this.directory.watch(
        admission.entry.id,
        (now) => endIfWithdrawn(connection, admission, now),
        admission.entry,
      ),
    );
    const caller = callerOf(admissions);
    if (caller !== undefined) stops.push(this.access.watch(caller, (reason) => connection.close(reason)));
    return stops;
  }

  private endOfLife(): number {
    const { maxConnectionLifeS } = this.settings;
    if (maxConnectionLifeS === 0) return Number.POSITIVE_INFINITY;
    const share = SHORTEST_LIFE + Math.random() * (1 - SHORTEST_LIFE);
    return performance.now() + maxConnectionLifeS * 1_000 * share;
  }
}

/** What a connection holds beside its place in a stream, and how it is given back: one object for each of very many. */
class Stay {
  private connection: Connection | undefined;
  private stops: readonly (() => void)[] = [];
  private over = false;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly places: ConnectionPlaces,
  ) {}

  begin(connection: Connection, stops: readonly (() => void)[]): void {
    this.connection = connection;
    this.stops = stops;
  }

  /** Safe to call twice. */
  readonly end = (): void => {
    if (this.over) return;
    this.over = true;
    for (const stop of this.stops) stop();
    this.connection?.leave();
    this.limits.leave(this.places);
  };
}

/** Made here, where it keeps alive nothing but what it ends. */
function endOf(what: { end(): void }): () => void {
  return () => what.end();
}

/** A first byte at once: some browsers and proxies wait for one before they say that the stream is open. */
function firstBytes(comment: string): Buffer {
  const retry = Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least));
  return Buffer.from(`retry: ${retry}\n\n:${comment}\n\n`, 'latin1');
}

/** A ticket may be for some channels only: then no others pass, whatever was asked for. */
function allowedChannels(
  wanted: ReadonlySet<string> | undefined,
  caller: Principal | undefined,
): ReadonlySet<string> | undefined {
  if (caller?.channels === undefined) return wanted;
  return new Set(caller.channels.filter((channel) => wanted === undefined || wanted.has(channel)));
}

/** One credential was shown, but it does not count for a public stream that it is not for. */
function callerOf(admissions: readonly Admission[]): Principal | undefined {
  return admissions.find(({ caller }) => caller !== undefined)?.caller;
}

function refOf({ workspace, id, history }: StreamEntry): KeptStream {
  return { workspace, stream: id, history };
}

function endIfWithdrawn(connection: Connection, { caller }: Admission, now: StreamEntry | undefined): void {
  if (now === undefined) connection.close('stream-deleted');
  else if (now.visibility === 'private' && caller?.workspace !== now.workspace)
    connection.close('visibility-changed');
}
