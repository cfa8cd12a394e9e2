import { PRESENCE_SUBJECTS, presenceSubject, type StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { Announcer } from './announcer.js';
import { Board } from './board.js';
import { QUESTIONS, REPORTS, readReport } from './report.js';

const TICK_MS = 250;
/** Milliseconds after a connect in which the gateways that are there have told what they have. */
const SETTLE_MS = 500;

export interface SubscriberCountsOptions {
  /**
   * Milliseconds by which time passes for the board and the announcer, which count in ticks. A gateway is forgotten
   * after 24 of them. Default: 250.
   */
  readonly tickMs?: number;
}

/**
 * How many subscribers the streams have over all gateways (ADR 0012), as the gateways report it; and tells on NATS
 * when the first has come and the last has left. Every replica of ingest has one, all of them equal: who speaks
 * first is heard by the others, which then have nothing left to say.
 */
export class SubscriberCounts {
  private readonly announcer = new Announcer({ tell: (subject) => this.tell(subject) });
  private readonly board = new Board(this.announcer);
  /** Gateways that were asked since the last tick. */
  private readonly asked = new Set<string>();
  private readonly closers: readonly (() => void)[];
  private readonly timer: NodeJS.Timeout;
  private settled = Promise.resolve();

  /** Begins as soon as NATS is there. @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    { tickMs = TICK_MS }: SubscriberCountsOptions = {},
  ) {
    this.closers = [
      link.subscribe(REPORTS, (message) => this.take(message.string())),
      link.subscribe(PRESENCE_SUBJECTS, ({ subject, data }) => this.hear(subject, data)),
      link.onUp(() => this.begin()),
    ];
    this.timer = setInterval(() => this.tick(), tickMs);
  }

  /** Gateways that report. */
  get gateways(): number {
    return this.board.size;
  }

  /**
   * The subscribers of each stream, in the same order. Costs nothing but memory accesses.
   *
   * @returns undefined while it is not known: without a connection to NATS
   */
  async of(refs: readonly StreamRef[]): Promise<number[] | undefined> {
    if (this.link.up) await this.settled;
    if (!this.link.up) return undefined;
    return refs.map((ref) => this.board.total(presenceSubject(ref)));
  }

  /** No further counting and telling. */
  close(): void {
    clearInterval(this.timer);
    for (const close of this.closers) close();
  }

  private begin(): void {
    this.settled = new Promise((resolve) => setTimeout(resolve, SETTLE_MS).unref());
    this.board.forgiveSilence();
    this.ask();
  }

  private tick(): void {
    // Whoever cannot hear anybody knows nothing that it could tell.
    if (!this.link.up) return;
    this.asked.clear();
    this.board.tick();
    this.announcer.tick();
  }

  private take(text: string): void {
    const report = readReport(text);
    if (report === undefined || !this.board.take(report) || this.asked.has(report.gateway)) return;
    this.asked.add(report.gateway);
    this.ask(report.gateway);
  }

  private hear(subject: string, data: Uint8Array): void {
    const subscribers = readPresence(data);
    if (subscribers !== undefined) this.announcer.heard(subject, subscribers > 0);
  }

  private ask(gateway = ''): void {
    this.link.announce(QUESTIONS, gateway);
  }

  private tell(subject: string): void {
    this.link.announce(subject, JSON.stringify({ subscribers: this.board.total(subject) }));
  }
}

function readPresence(data: Uint8Array): number | undefined {
  try {
    const { subscribers } = JSON.parse(Buffer.from(data).toString());
    return typeof subscribers === 'number' ? subscribers : undefined;
  } catch {
    return undefined;
  }
}
