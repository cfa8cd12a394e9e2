import { Histogram } from '../measure/histogram.js';
import { noFaults } from './delivery-check.js';
import type { Command, Look } from './protocol.js';
import { type StreamAddress, Subscriber, type SubscriberGroup } from './subscriber.js';

/**
 * Local addresses that connections are spread over. An address has 28,000 ports, and one of a connection that has ended is
 * not free for another minute: from a single address, scenarios that follow each other find none left.
 */
const LOCAL_ADDRESSES = 200;
const READ_BUFFER_BYTES = 256 * 1024;
/** Milliseconds before a connection that ended is opened again: drawn for each, as Runnel's `retry:` asks for. */
const COME_BACK_MS = { least: 1_000, most: 5_000 };

type Open = Extract<Command, { do: 'open' }>;

/** The connections of a load client, and what they have got so far. */
export class Crowd {
  private readonly faults = noFaults();
  private readonly latencyUs = new Histogram();
  private readonly members = new Set<Subscriber>();
  /** Those whose response head has come. */
  private readonly streaming = new Set<Subscriber>();
  private readonly buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
  private firstFailure: string | undefined;
  private events = 0;
  private wanted: { events: number; resolve: () => void } | undefined;
  private closing = false;
  private serial = 0;

  /** Opens connections and resolves when all have what they are to begin with. */
  async open(order: Open): Promise<void> {
    let begun = 0;
    const next = async (): Promise<void> => {
      while (begun < order.connections && !this.closing) {
        const address = order.addresses[begun % order.addresses.length] as StreamAddress;
        begun += 1;
        await this.join(order, address, order.first, undefined);
      }
    };
    await Promise.all(Array.from({ length: Math.min(order.atOnce, order.connections) }, next));
  }

  /** Resolves when this many events have come, all connections together. */
  async reach(events: number, patienceMs: number): Promise<void> {
    if (this.events >= events) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.wanted = undefined;
        reject(new Error(`${events - this.events} of ${events} events did not come: ${this.describe()}`));
      }, patienceMs);
      this.wanted = {
        events,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
    });
  }

  /** What has happened; faults and latencies since the last look. */
  look(): Look {
    const { user, system } = process.cpuUsage();
    const latencyUs = this.latencyUs.toData();
    this.latencyUs.clear();
    const faults = { ...this.faults };
    Object.assign(this.faults, noFaults());
    const { firstFailure } = this;
    this.firstFailure = undefined;
    return {
      faults,
      firstFailure,
      latencyUs,
      events: this.events,
      open: this.streaming.size,
      cpuMs: (user + system) / 1_000,
    };
  }

  /** Ends all connections for good. */
  close(): void {
    this.closing = true;
    for (const member of this.members) member.close();
  }

  /** One connection: resolves when it has got its first events, or has failed. With `resume` it comes back. */
  private join(order: Open, address: StreamAddress, first: number | undefined, cursor: string | undefined) {
    return new Promise<void>((resolve) => {
      let left = cursor === undefined ? order.eventsFirst : 0;
      const group: SubscriberGroup = {
        faults: this.faults,
        latencyUs: this.latencyUs,
        readBuffer: this.buffer,
        withIds: order.resume,
        onOpen: (member) => {
          this.streaming.add(member);
          if (left === 0) resolve();
        },
        onEvent: () => {
          left -= 1;
          if (left === 0) resolve();
          this.count();
        },
        onFailure: ({ message }) => {
          this.firstFailure ??= message;
        },
        onClose: (member) => {
          this.members.delete(member);
          this.streaming.delete(member);
          resolve();
          if (order.resume && !this.closing) this.comeBack(order, address, member, cursor);
        },
      };
      const headers =
        cursor === undefined ? address.headers : { ...address.headers, 'last-event-id': cursor };
      const member = new Subscriber({ ...address, headers }, group, this.localAddress(), first);
      if (order.resume) member.allowEnd();
      this.members.add(member);
    });
  }

  private comeBack(order: Open, address: StreamAddress, left: Subscriber, cursor: string | undefined): void {
    const pauseMs = COME_BACK_MS.least + Math.random() * (COME_BACK_MS.most - COME_BACK_MS.least);
    setTimeout(() => {
      if (!this.closing) void this.join(order, address, left.expected, left.lastId ?? cursor);
    }, pauseMs);
  }

  private localAddress(): string {
    this.serial += 1;
    return `127.0.0.${2 + (this.serial % LOCAL_ADDRESSES)}`;
  }

  private count(): void {
    this.events += 1;
    if (this.wanted === undefined || this.events < this.wanted.events) return;
    const { resolve } = this.wanted;
    this.wanted = undefined;
    resolve();
  }

  private describe(): string {
    const waitFor = new Map<string, number>();
    for (const { expected } of this.members) {
      const event = expected === undefined ? 'any event' : `event ${expected}`;
      waitFor.set(event, (waitFor.get(event) ?? 0) + 1);
    }
    const waiting = [...waitFor].map(([event, count]) => `${count} wait for ${event}`);
    return [`${this.streaming.size} connections`, ...waiting, JSON.stringify(this.faults)].join(', ');
  }
}
