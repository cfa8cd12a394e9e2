import { type Framing, framed } from '../outlet.js';

/** One frame for any number of clients, wrapped for each framing once at the most. */
export class SharedFrame {
  private chunk: Buffer | undefined;

  constructor(readonly plain: Buffer) {}

  as(framing: Framing): Buffer {
    if (framing === 'plain') return this.plain;
    this.chunk ??= framed(framing, this.plain);
    return this.chunk;
  }
}
