import { makePayload, nowUs } from '../payload.js';
import type { BenchStream } from '../servers/server.js';

/** A stream with a count of the events that were sent to it. */
export class Feed {
  private sent = 0;
  private accepted: Promise<unknown> = Promise.resolve();

  constructor(readonly stream: BenchStream) {}

  get count(): number {
    return this.sent;
  }

  /**
   * Publishes events at once, numbered on from the last. A second call before the first one's end waits for it:
   * servers keep the order of one publisher's events only if it waits for their answers.
   */
  async send(events: number, size: number): Promise<void> {
    const sentUs = nowUs();
    const payloads = Array.from({ length: events }, (_, n) => makePayload(this.sent + n + 1, sentUs, size));
    this.sent += events;
    this.accepted = this.accepted.then(() => this.stream.publish(payloads));
    await this.accepted;
  }
}
