import { EventSource } from 'eventsource';
import { eventually } from '../eventually.js';
import type { NumberEvent } from './number-publisher.js';

export interface ListenerOptions {
  /** Base address of a gateway, or of whatever stands before it. */
  readonly url: string;
  readonly stream: string;
  /** What to add to the address, such as `?replay=0`. Default: nothing. */
  readonly query?: string;
  /** For a private stream. Default: none. */
  readonly key?: string | undefined;
}

/**
 * Listens to the numbers of a NumberPublisher as a browser does: it reconnects by itself, and gives up for ever when
 * it is answered anything but 200.
 */
export class NumberListener {
  /** What was heard, in order. A gap begins another run. */
  readonly runs: number[][] = [[]];
  /** The id under which each number came. */
  readonly ids = new Map<number, string>();
  /** Reasons that Runnel gave for ending the stream for good. */
  readonly closed: string[] = [];
  /** What made it give up. */
  readonly faults: string[] = [];
  /** Times that it connected. */
  connects = 0;
  /** Longest time between two events, in milliseconds. */
  longestWaitMs = 0;
  private heardAt = performance.now();
  private readonly source: EventSource;

  private constructor({ url, stream, query = '', key }: ListenerOptions) {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.source = new EventSource(`${url}/pipelines/${stream}/sse${query}`, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
    });
    this.source.addEventListener('open', () => {
      this.connects += 1;
    });
    this.source.addEventListener('n', (event) => this.hear(event));
    this.source.addEventListener('runnel.gap', () => this.runs.push([]));
    this.source.addEventListener('runnel.closed', ({ data }) => this.closed.push(JSON.parse(data).reason));
    this.source.addEventListener('error', ({ code, message }) => {
      if (this.source.readyState === this.source.CLOSED) this.faults.push(`Gave up: ${code} ${message}`);
    });
  }

  static open(options: ListenerOptions): NumberListener {
    return new NumberListener(options);
  }

  /** Resolves when it hears the stream. */
  async opened(): Promise<this> {
    await eventually(`a stream is open (${this.faults})`, () => this.connects > 0, 20_000);
    return this;
  }

  /** The newest number, or -1 before the first. */
  get last(): number {
    return this.runs.at(-1)?.at(-1) ?? -1;
  }

  get gaps(): number {
    return this.runs.length - 1;
  }

  /** The first place where a number is not the one after that before it, in words; undefined when there is none. */
  get hole(): string | undefined {
    for (const run of this.runs) {
      const index = run.findIndex((number, at) => number !== (run[0] as number) + at);
      if (index > 0) return `after ${run.slice(Math.max(0, index - 3), index).join()} came ${run[index]}`;
    }
    return undefined;
  }

  close(): void {
    this.source.close();
  }

  private hear({ data, lastEventId }: { data: string; lastEventId: string }): void {
    const { n } = JSON.parse(data) as NumberEvent;
    this.runs.at(-1)?.push(n);
    this.ids.set(n, lastEventId);
    const now = performance.now();
    this.longestWaitMs = Math.max(this.longestWaitMs, now - this.heardAt);
    this.heardAt = now;
  }
}
