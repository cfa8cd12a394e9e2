import { historyOf, type KeptStream, Problem } from '#libs/contracts';
import type { PublishAck } from '../publish-ack.js';
import { needsArchive } from './archive-form.js';
import type { ArchiveWriter } from './archive-writer.js';
import { Pace } from './pace.js';

/** Events that may wait for archives, and their bytes; beyond that a caller is told to come back. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 128 * 1024 * 1024;
/** Streams that are remembered before those at rest are forgotten. */
const MAX_PACES = 1_000;

/** The paces of all streams with an archive that this process publishes to. */
export class Paces {
  private readonly paces = new Map<string, Pace>();
  private waiting = 0;
  private waitingBytes = 0;

  constructor(private readonly writer: ArchiveWriter) {}

  /**
   * Publishes an event of a stream, in its turn where the stream has an archive.
   *
   * @param bytes of the event
   * @throws Problem `unavailable` when too much waits, or as {@link Pace.run} does
   */
  run(stream: KeptStream, bytes: number, publish: () => Promise<PublishAck>): Promise<PublishAck> {
    const pace = this.of(stream);
    return pace === undefined ? publish() : this.runAt(pace, bytes, publish);
  }

  /** From now on the stream has an archive, whoever has not heard of it yet. */
  expect({ workspace, stream }: KeptStream): Pace {
    const known = this.paces.get(stream);
    if (known !== undefined) return known;
    if (this.paces.size >= MAX_PACES) this.forgetIdle();
    const pace = new Pace(() => this.writer.copy({ workspace, stream }));
    this.paces.set(stream, pace);
    return pace;
  }

  /** Refuses those who wait. */
  close(): void {
    for (const pace of this.paces.values()) pace.close();
  }

  private async runAt(pace: Pace, bytes: number, publish: () => Promise<PublishAck>): Promise<PublishAck> {
    this.requireRoom(bytes);
    this.waiting += 1;
    this.waitingBytes += bytes;
    let waits = true;
    const leave = () => {
      if (!waits) return;
      waits = false;
      this.waiting -= 1;
      this.waitingBytes -= bytes;
    };
    try {
      return await pace.run(() => {
        leave();
        return publish();
      });
    } finally {
      leave();
    }
  }

  private of(stream: KeptStream): Pace | undefined {
    if (needsArchive(historyOf(stream))) return this.expect(stream);
    const pace = this.paces.get(stream.stream);
    if (pace?.absent !== true) return pace;
    this.paces.delete(stream.stream);
    return undefined;
  }

  private forgetIdle(): void {
    for (const [stream, pace] of this.paces) if (pace.idle) this.paces.delete(stream);
  }

  private requireRoom(bytes: number): void {
    if (this.waiting < MAX_WAITING && this.waitingBytes + bytes <= MAX_WAITING_BYTES) return;
    throw new Problem('unavailable', 'Too many events are waiting to be stored.');
  }
}
