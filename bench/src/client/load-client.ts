import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { within } from '#libs/timing';
import { Histogram } from '../measure/histogram.js';
import { type Faults, noFaults, sumOfFaults } from './delivery-check.js';
import type { Command, Look, Reply, Request } from './protocol.js';
import type { StreamAddress } from './subscriber.js';

/** Connections of one load client: a process has a limit on files, and one core. */
const PER_PROCESS = 5_000;
/** Milliseconds that events may take to arrive before a run has failed. */
const PATIENCE_MS = 60_000;
/** Milliseconds that connections may take to open. */
const OPEN_MS = 240_000;

export interface OpenOptions {
  readonly connections: number;
  /** Connections are spread over these. */
  readonly addresses: readonly StreamAddress[];
  /** Number of the first event that each connection must get. Default: any. */
  readonly first?: number;
  /** Events that a connection gets before it counts as open. Default 0. */
  readonly eventsFirst?: number;
  /** Connections that are being opened at once. Default 100, or what the server bears. */
  readonly atOnce?: number;
  /** The server, where it may be one that bears few at once. */
  readonly server?: { readonly connectsAtOnce?: number };
  /** Whether connections that end come back and resume. Default false: then an end is a fault. */
  readonly resume?: boolean;
}

/** Subscribers in processes of their own. Whoever opens them closes them. */
export class LoadClient {
  /** Of deliveries since the last {@link settle}. */
  readonly latencyUs = new Histogram();
  private eventsEach = 0;

  private constructor(
    private readonly workers: readonly Worker[],
    readonly connections: number,
  ) {}

  static async open(options: OpenOptions): Promise<LoadClient> {
    const count = Math.ceil(options.connections / PER_PROCESS);
    const workers = Array.from({ length: count }, () => new Worker());
    const client = new LoadClient(workers, options.connections);
    try {
      const opened = workers.map((worker, index) => worker.ask(openCommand(options, index, count)));
      if ((await within(OPEN_MS, Promise.all(opened))) === undefined) {
        throw new Error(`${options.connections} connections did not open in ${OPEN_MS / 1_000} s.`);
      }
      client.eventsEach = options.eventsFirst ?? 0;
      await client.settle();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /**
   * Waits until every connection has got this many more events.
   *
   * @throws Error when they do not come in time
   */
  async receive(events: number): Promise<void> {
    this.eventsEach += events;
    await Promise.all(
      this.workers.map((worker) =>
        worker.ask({
          do: 'await',
          events: this.eventsEach * worker.connections,
          patienceMs: PATIENCE_MS,
        }),
      ),
    );
  }

  /**
   * Checks all deliveries since the last time.
   *
   * @returns what the connections have done so far
   * @throws DeliveryFault when one was lost, repeated, late, damaged or refused, or a connection broke
   */
  async settle(): Promise<{ events: number; open: number; cpuMs: number }> {
    const looks = await this.look();
    const faults = noFaults();
    for (const look of looks) {
      for (const [name, count] of Object.entries(look.faults)) faults[name as keyof Faults] += count;
      this.latencyUs.merge(look.latencyUs);
    }
    if (sumOfFaults(faults) > 0) {
      throw new DeliveryFault(faults, looks.find(({ firstFailure }) => firstFailure)?.firstFailure);
    }
    const sum = (field: 'events' | 'open' | 'cpuMs') => looks.reduce((all, look) => all + look[field], 0);
    return { events: sum('events'), open: sum('open'), cpuMs: sum('cpuMs') };
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  private look(): Promise<Look[]> {
    return Promise.all(this.workers.map((worker) => worker.ask({ do: 'look' }) as Promise<Look>));
  }
}

/** A run in which not every subscriber got exactly what it had to get. */
export class DeliveryFault extends Error {
  /** @param firstFailure what broke the first connection, where one broke */
  constructor(
    readonly faults: Faults,
    firstFailure: string | undefined,
  ) {
    const why = firstFailure === undefined ? '' : `, first: ${firstFailure}`;
    super(`Deliveries went wrong: ${JSON.stringify(faults)}${why}`);
  }
}

function openCommand(options: OpenOptions, index: number, count: number): Command & { do: 'open' } {
  const { addresses, connections, first, eventsFirst = 0, resume = false, server } = options;
  const atOnce = Math.min(options.atOnce ?? 100, server?.connectsAtOnce ?? Number.POSITIVE_INFINITY);
  const share = Math.floor(connections / count) + (index < connections % count ? 1 : 0);
  return {
    do: 'open',
    // Each process begins elsewhere, so that few connections are spread over all addresses too.
    addresses: addresses.length === 1 ? addresses : addresses.filter((_, n) => n % count === index),
    connections: share,
    first,
    eventsFirst,
    atOnce: Math.ceil(atOnce / count),
    resume,
  };
}

class Worker {
  connections = 0;
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private nextId = 0;

  constructor() {
    this.child = fork(new URL('./worker.ts', import.meta.url));
    this.child.on('message', (reply: Reply) => {
      this.pending.get(reply.id)?.(reply);
      this.pending.delete(reply.id);
    });
    this.child.on('exit', (code) => {
      for (const [id, settle] of this.pending)
        settle({ id, ok: false, error: `A load client ended: ${code}` });
      this.pending.clear();
    });
  }

  async ask(command: Command): Promise<Look | undefined> {
    if (command.do === 'open') this.connections = command.connections;
    this.nextId += 1;
    const request: Request = { id: this.nextId, command };
    const reply = await new Promise<Reply>((resolve) => {
      this.pending.set(request.id, resolve);
      this.child.send(request);
    });
    if (!reply.ok) throw new Error(reply.error);
    return reply.value;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await this.ask({ do: 'close' }).catch(() => undefined);
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
