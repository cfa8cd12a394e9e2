import type { Counts, Report } from './report.js';

/** Ticks without a report after which a gateway counts as gone. */
export const SILENT_TICKS = 24;

/** Hears what changes over all gateways, by the stream's presence subject. */
export interface BoardListener {
  /** A stream has its first subscriber, or none any more. */
  turned(subject: string, occupied: boolean): void;
  /** The same of a stream of which nothing was known before: others may have been told long ago, or never. */
  found(subject: string, occupied: boolean): void;
}

interface Gateway {
  /** Of the last report. */
  seq: number;
  /** Streams with subscribers. Empty before the first full report. */
  counts: Map<string, number>;
  /** What has come of a report in parts. */
  staged: Map<string, number> | undefined;
  /** Whether it has told once all that it has. */
  known: boolean;
  /** Whether nothing was lost since. */
  complete: boolean;
  silentTicks: number;
}

/**
 * What the gateways have reported: the subscribers of every stream that has some, and of no other.
 *
 * Time is told by {@link tick}, not by a clock: a process that was held up does not take others for gone.
 */
export class Board {
  private readonly gateways = new Map<string, Gateway>();

  constructor(private readonly listener: BoardListener) {}

  /** Gateways that report. */
  get size(): number {
    return this.gateways.size;
  }

  /** Subscribers of a stream over all gateways. */
  total(subject: string): number {
    let sum = 0;
    for (const { counts } of this.gateways.values()) sum += counts.get(subject) ?? 0;
    return sum;
  }

  /** @returns whether the gateway should be asked for all that it has */
  take(report: Report): boolean {
    if (report.form === 'gone') {
      this.remove(report.gateway);
      return false;
    }
    const gateway = this.gateways.get(report.gateway) ?? this.add(report.gateway);
    const inSequence = report.seq === gateway.seq + 1;
    gateway.seq = report.seq;
    gateway.silentTicks = 0;
    gateway.complete &&= inSequence;
    if (report.form === 'changes') {
      // They hold, whatever was lost before.
      if (gateway.known) this.setAll(gateway, Object.entries(report.counts));
    } else {
      if (report.part === 0) gateway.staged = new Map();
      else if (!inSequence) gateway.staged = undefined;
      this.stage(gateway, report.counts, report.part === report.parts - 1);
    }
    return !gateway.complete && gateway.staged === undefined;
  }

  /** Some time has passed: whoever has been silent for {@link SILENT_TICKS} of these is gone. */
  tick(): void {
    for (const [id, gateway] of this.gateways) {
      gateway.silentTicks += 1;
      if (gateway.silentTicks > SILENT_TICKS) this.remove(id);
    }
  }

  /** Nobody could be heard for a while, which is not held against anybody. */
  forgiveSilence(): void {
    for (const gateway of this.gateways.values()) gateway.silentTicks = 0;
  }

  private add(id: string): Gateway {
    const counts = new Map<string, number>();
    const gateway = { seq: 0, counts, staged: undefined, known: false, complete: false, silentTicks: 0 };
    this.gateways.set(id, gateway);
    return gateway;
  }

  private remove(id: string): void {
    const gateway = this.gateways.get(id);
    if (gateway === undefined) return;
    for (const subject of [...gateway.counts.keys()]) this.set(gateway, subject, 0);
    this.gateways.delete(id);
  }

  private stage(gateway: Gateway, counts: Counts, last: boolean): void {
    const { staged } = gateway;
    if (staged === undefined) return;
    for (const [subject, subscribers] of Object.entries(counts)) staged.set(subject, subscribers);
    if (!last) return;
    for (const subject of [...gateway.counts.keys()]) if (!staged.has(subject)) staged.set(subject, 0);
    this.setAll(gateway, staged);
    gateway.staged = undefined;
    gateway.known = true;
    gateway.complete = true;
  }

  private setAll(gateway: Gateway, counts: Iterable<[subject: string, subscribers: number]>): void {
    for (const [subject, subscribers] of counts) this.set(gateway, subject, subscribers);
  }

  private set(gateway: Gateway, subject: string, subscribers: number): void {
    const before = gateway.counts.get(subject) ?? 0;
    if (subscribers === 0) gateway.counts.delete(subject);
    else gateway.counts.set(subject, subscribers);
    // While others have some, it is nothing new that this gateway has some or none.
    const others = this.total(subject) - subscribers;
    if (others > 0) return;
    if (!gateway.known) this.listener.found(subject, subscribers > 0);
    else if ((before === 0) !== (subscribers === 0)) this.listener.turned(subject, subscribers > 0);
  }
}
