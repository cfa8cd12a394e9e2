import { randomUUID } from 'node:crypto';
import { presenceSubject, type StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { Pace } from './pace.js';
import { inParts, type News, QUESTIONS, REPORTS, type Report } from './report.js';

/** However many subscribers come and go, there are no more reports than this. */
const PACE = { burst: 8, everyMs: 250 };
const HEARTBEAT_MS = 2_000;

export interface StreamCount {
  readonly ref: StreamRef;
  readonly subscribers: number;
}

export interface ReporterOptions {
  /** All streams with subscribers, and those that lost the last one lately with 0. */
  readonly counts: () => Iterable<StreamCount>;
  /** Milliseconds between two signs of life; without some of them a gateway is forgotten. Default: 2,000. */
  readonly heartbeatMs?: number;
}

/**
 * Tells ingest how many subscribers the streams have on this gateway (ADR 0012): what has changed, soon and
 * together; everything, to whoever asks and after each connect to NATS.
 */
export class PresenceReporter {
  private readonly gateway = randomUUID();
  private seq = 0;
  private readonly changes = new Map<string, StreamCount>();
  private everything = false;
  private readonly pace = new Pace(PACE);
  private nextReport: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly stopListening: readonly (() => void)[];
  private closed = false;

  /** Begins as soon as NATS is there. @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly options: ReporterOptions,
  ) {
    this.stopListening = [
      link.subscribe(QUESTIONS, (message) => {
        if (['', this.gateway].includes(message.string())) this.reportEverything();
      }),
      link.onUp(() => this.reportEverything()),
    ];
    this.heartbeat = setInterval(() => this.reportSoon(), options.heartbeatMs ?? HEARTBEAT_MS);
  }

  /** A stream has another number of subscribers now. Cheap enough for each that comes and goes. */
  changed(ref: StreamRef, subscribers: number): void {
    // Without a connection there is nothing to remember: everything is told when it stands again.
    if (!this.link.up) return;
    this.changes.set(ref.stream, { ref, subscribers });
    this.reportSoon();
  }

  /** Says that the gateway has gone, and nothing more. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const stop of this.stopListening) stop();
    clearInterval(this.heartbeat);
    clearTimeout(this.nextReport);
    this.send({ form: 'gone' });
  }

  private reportEverything(): void {
    this.everything = true;
    this.reportSoon();
  }

  private reportSoon(): void {
    if (this.closed || this.nextReport !== undefined) return;
    this.nextReport = setTimeout(() => this.report(), this.pace.waitMs(performance.now()));
  }

  private report(): void {
    this.nextReport = undefined;
    if (!this.link.up) return;
    this.pace.take(performance.now());
    const all = this.everything;
    const parts = inParts(bySubject(all ? this.options.counts() : this.changes.values()));
    this.everything = false;
    this.changes.clear();
    for (const [part, counts] of parts.entries()) {
      this.send(all ? { form: 'all', part, parts: parts.length, counts } : { form: 'changes', counts });
    }
  }

  private send(news: News): void {
    this.seq += 1;
    const report: Report = { gateway: this.gateway, seq: this.seq, ...news };
    // What is lost with the connection is told with everything else when it stands again.
    this.link.announce(REPORTS, JSON.stringify(report));
  }
}

function* bySubject(counts: Iterable<StreamCount>): Generator<[string, number]> {
  for (const { ref, subscribers } of counts) yield [presenceSubject(ref), subscribers];
}
