import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Observable } from 'rxjs';
import { AccessService, type Principal } from '#libs/access';
import { StreamDirectory, type StreamEntry } from '#libs/catalogue';
import { HEARTBEAT_COMMENT } from '#libs/contracts';
import { corsHeadersFor, SETTINGS } from '#libs/service';
import { encodeComment, encodeFrame, framed, openOutlet } from '#libs/sse';
import { Hubs, type Session } from '../fan-out/index.js';
import type { GatewaySettings } from '../gateway-settings.js';
import type { Admission } from './admission.js';
import { answerForNest } from './nest-response.js';
import type { SubscribeQuery } from './subscribe-query.js';

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
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /** The headers that a response to this subscriber has besides those of every event stream. */
  headers(request: Request, { entry }: Admission) {
    const publicResource = entry.visibility === 'public';
    return corsHeadersFor(request.get('origin'), { origins: this.settings.corsOrigins, publicResource });
  }

  /**
   * The connection's life as an Observable that emits nothing: subscribing joins the stream's hub, which writes
   * frames to the socket itself; it completes when Runnel ends the connection, and unsubscribing leaves the hub.
   */
  open(request: Request, response: Response, admission: Admission, query: SubscribeQuery): Observable<never> {
    return new Observable<never>((subscriber) => {
      const { entry, caller } = admission;
      const outlet = openOutlet(request, response, this.headers(request, admission));
      answerForNest(response);
      outlet.write(framed(outlet.framing, firstBytes(entry)));
      const hub = this.hubs.of({ workspace: entry.workspace, stream: entry.id }, entry.kind);
      const session = hub.join({
        ...query,
        channels: allowedChannels(query.channels, caller),
        outlet,
        endsAtMs: this.endOfLife(),
        onEnd: () => subscriber.complete(),
      });
      const stopWatching = this.directory.watch(entry.id, (now) => endIfWithdrawn(session, admission, now));
      const stopChecking = caller && this.access.watch(caller, (reason) => session.close(reason));
      return () => {
        stopWatching();
        stopChecking?.();
        session.leave();
      };
    });
  }

  private endOfLife(): number {
    const { maxConnectionLifeS } = this.settings;
    if (maxConnectionLifeS === 0) return Number.POSITIVE_INFINITY;
    const share = SHORTEST_LIFE + Math.random() * (1 - SHORTEST_LIFE);
    return performance.now() + maxConnectionLifeS * 1_000 * share;
  }
}

/** A first byte at once: some browsers and proxies wait for one before they say that the stream is open. */
function firstBytes({ kind }: StreamEntry): Buffer {
  const retry = Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least));
  return Buffer.concat([encodeFrame({ retry }), encodeComment(HEARTBEAT_COMMENT[kind])]);
}

/** A ticket may be for some channels only: then no others pass, whatever was asked for. */
function allowedChannels(
  wanted: ReadonlySet<string> | undefined,
  caller: Principal | undefined,
): ReadonlySet<string> | undefined {
  if (caller?.channels === undefined) return wanted;
  return new Set(caller.channels.filter((channel) => wanted === undefined || wanted.has(channel)));
}

function endIfWithdrawn(session: Session, { caller }: Admission, now: StreamEntry | undefined): void {
  if (now === undefined) session.close('stream-deleted');
  else if (now.visibility === 'private' && caller?.workspace !== now.workspace)
    session.close('visibility-changed');
}
