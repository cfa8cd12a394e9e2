import { eventually, NumberListener, NumberPublisher, type System } from '#libs/testing';

/** Milliseconds in which everybody must have caught up once all is well again. */
const CATCH_UP_MS = 30_000;

export interface TrafficOptions {
  readonly system: System;
  /** Events a second. Default 100. */
  readonly perSecond?: number;
  /** Listeners at each gateway. Default 1. */
  readonly listeners?: number;
  /** Default public; listeners show the admin key of a private one. */
  readonly visibility?: 'public' | 'private';
  /** Address to publish to in place of ingest's own. */
  readonly ingestUrl?: string;
  /** Addresses to listen at in place of the gateways' own. */
  readonly gatewayUrls?: readonly string[];
  /** Bytes that each event is filled up with. Default 0. */
  readonly padding?: number;
  /** Whether the publisher waits for listeners that are away, so that they find all of it in the history. Default: no. */
  readonly patient?: boolean;
}

/** What may have happened to listeners besides the promises that always hold. */
export interface Allowances {
  /** Whether they may have been told of a gap. Default: no. */
  readonly gaps?: 'allowed' | 'none';
}

/**
 * One stream that is published to and listened to while something is broken, with the books on both sides. Whoever
 * starts it stops it.
 */
export class Traffic {
  private constructor(
    private readonly system: System,
    readonly stream: string,
    readonly publisher: NumberPublisher,
    readonly listeners: NumberListener[],
    private readonly key: string | undefined,
  ) {}

  /** Resolves when events flow to everybody. */
  static async start(options: TrafficOptions): Promise<Traffic> {
    const {
      system,
      perSecond = 100,
      listeners = 1,
      visibility = 'public',
      padding = 0,
      patient = false,
    } = options;
    const { body } = await system.call('ingest', 'POST', '/v1/workflows', { name: 'numbers', visibility });
    const stream = body.id as string;
    const heard: NumberListener[] = [];
    const publisher = NumberPublisher.start({
      url: options.ingestUrl ?? system.ingest.url,
      key: system.adminKey,
      stream,
      perSecond,
      padding,
      ...(patient && { waitsFor: heard }),
    });
    const key = visibility === 'private' ? system.adminKey : undefined;
    const traffic = new Traffic(system, stream, publisher, heard, key);
    const urls = options.gatewayUrls ?? system.gateways.map(({ url }) => url);
    const all = urls.flatMap((url) => Array.from({ length: listeners }, () => traffic.listen(url)));
    await Promise.all(all);
    await traffic.flows();
    return traffic;
  }

  /** Another listener, once it hears the stream. */
  async listen(url: string): Promise<NumberListener> {
    const listener = NumberListener.open({ url, stream: this.stream, key: this.key });
    this.listeners.push(listener);
    return await listener.opened();
  }

  /** Resolves when everybody has heard what was confirmed after this moment. */
  async flows(patienceMs = CATCH_UP_MS): Promise<void> {
    const { publisher, listeners } = this;
    const enough = publisher.acked + 10;
    await eventually(
      `events flow to everybody: ${enough} confirmed, heard ${listeners.map(({ last }) => last)}`,
      () => publisher.acked > enough && listeners.every(({ last }) => last >= enough),
      patienceMs,
    );
  }

  /**
   * Ends the publisher and checks what is promised whatever was broken meanwhile: what was confirmed is in the history,
   * everybody heard a contiguous run of it, under the ids that were confirmed, or was told of the gap; and nobody was
   * answered anything but 201 and 503, or left without an answer.
   *
   * @throws Error that names what did not hold
   */
  async expectPromisesKept(allowances: Allowances = {}): Promise<void> {
    const { publisher, listeners } = this;
    const total = await publisher.stop();
    await eventually(
      `everybody has ${total - 1}, of ${listeners.map(({ last, faults }) => `${last}${faults}`)}`,
      () => listeners.every(({ last }) => last >= total - 1),
      CATCH_UP_MS,
    );
    const broken = [
      ...publisher.faults,
      ...listeners.flatMap((listener) => this.brokenTo(listener, total, allowances)),
      ...(await this.missingInHistory(total)),
      ...this.system.complaints(),
    ];
    if (broken.length > 0) throw new Error(`Promises were broken:\n${broken.join('\n')}`);
  }

  async stop(): Promise<void> {
    for (const listener of this.listeners) listener.close();
    await this.publisher.stop();
  }

  /** What a listener was promised and did not get. */
  private brokenTo(listener: NumberListener, total: number, { gaps = 'none' }: Allowances): string[] {
    const { faults, hole, last, gaps: told } = listener;
    const strangers = [...listener.ids].filter(([number, id]) => id !== this.publisher.ids[number]);
    return [
      ...faults,
      ...(hole === undefined ? [] : [`A hole: ${hole}.`]),
      ...(last === total - 1 ? [] : [`${last} was heard, which is more than ${total - 1}.`]),
      ...(gaps === 'none' && told > 0 ? [`${told} gaps were told.`] : []),
      ...strangers.map(([number, id]) => `${number} came under the id ${id}.`),
    ];
  }

  /** The newest confirmed events are what history has, each once and in order; else what is wrong with it. */
  private async missingInHistory(total: number): Promise<string[]> {
    const path = `/v1/streams/${this.stream}/events?limit=100`;
    const { status, body } = await this.system.call('ingest', 'GET', path);
    if (status !== 200) return [`The history was answered ${status}.`];
    const first = Math.max(0, total - 100);
    const kept = (body.data as { id: string; payload: { n: number } }[]).map(
      ({ id, payload }) => `${payload.n} ${id}`,
    );
    const wanted = this.publisher.ids.slice(first).map((id, index) => `${first + index} ${id}`);
    if (kept.join() === wanted.join()) return [];
    return [`The history has ${kept.join()} in place of ${wanted.join()}.`];
  }
}
