import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { eventually, type System } from '#libs/testing';

/** Milliseconds between two events. */
const INTERVAL_MS = 25;

/** Publishes to a stream and measures how long each event takes to each of some listeners, all in this process. */
export class Delays {
  private readonly closers: (() => void)[] = [];
  private heard: number[] = [];
  private listeners = 0;

  constructor(
    private readonly system: System,
    private readonly stream: string,
    private readonly padding: string,
  ) {}

  /** Adds a listener. Resolves with the head of its answer. */
  async listen(gatewayUrl: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const url = `${gatewayUrl}/pipelines/${this.stream}/sse?replay=0`;
      const request = get(url, { agent: false }, (response) => {
        const parser = createParser({
          onEvent: ({ data }) => {
            this.heard.push(performance.now() - Number(/\d+(?:\.\d+)?/.exec(data)?.[0]));
          },
        });
        response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
        resolve();
      });
      request.on('error', reject);
      this.closers.push(() => request.destroy());
    });
    this.listeners += 1;
  }

  /**
   * Publishes until it is enough and everybody has heard it.
   *
   * @param events at the least
   * @param enough whether there need not be more than that. Default: there need not
   * @returns the delay in milliseconds that 99 of 100 events were below
   */
  async p99(events: number, enough: () => Promise<boolean> = async () => true): Promise<number> {
    this.heard = [];
    let sent = 0;
    while (sent < events || !(await enough())) {
      const begun = performance.now();
      const event = { channel: 'd', payload: [begun, this.padding] };
      const { status } = await this.system.call('ingest', 'POST', `/v1/streams/${this.stream}/events`, event);
      if (status !== 201) throw new Error(`Publishing was answered ${status}.`);
      sent += 1;
      await sleep(Math.max(0, INTERVAL_MS - (performance.now() - begun)));
    }
    await eventually('everybody has heard it', () => this.heard.length === sent * this.listeners);
    const sorted = this.heard.sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] as number;
  }

  close(): void {
    for (const close of this.closers) close();
  }
}
