/** Events that a client gets when it connects. */
const HISTORY = 100;

/** A stream whose connections pushpin holds, in the words of its protocol GRIP. */
export class HeldStream {
  /** Ready-made frames, the oldest first. */
  private readonly frames: string[] = [];
  private count = 0;

  /** @param channel what pushpin calls it */
  constructor(private readonly channel: string) {}

  /** Headers of an answer after whose body pushpin keeps the connection. */
  get holdHeaders(): Readonly<Record<string, string>> {
    return {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'grip-hold': 'stream',
      'grip-channel': this.channel,
    };
  }

  /** Stores events. @returns the body of a request to pushpin's control port that delivers them */
  add(events: readonly unknown[]): string {
    const items = events.map((data) => {
      this.count += 1;
      const content = `id: ${this.count}\nevent: bench\ndata: ${JSON.stringify(data)}\n\n`;
      this.frames.push(content);
      return { channel: this.channel, formats: { 'http-stream': { content } } };
    });
    this.frames.splice(0, this.frames.length - HISTORY);
    return JSON.stringify({ items });
  }

  /** What a client gets when it connects. Never empty: pushpin sends the head of an answer with its first bytes. */
  replay(): string {
    return this.frames.length > 0 ? this.frames.join('') : ':\n\n';
  }
}
