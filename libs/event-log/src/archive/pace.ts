import { Problem } from '#libs/contracts';
import type { PublishAck } from '../publish-ack.js';

/**
 * Events of one stream that this process has sent and that are not known to be archived. The shard keeps 400 of a
 * stream, so six processes can fill their share, and an archive that stands still misses nothing.
 */
const MAX_OWED = 64;
/** Milliseconds for which a few events may wait for others to be copied with them. */
const COPY_DELAY_MS = 100;
/** Milliseconds before copying is tried again after it failed. */
const RETRY_MS = 250;
/** Milliseconds without progress after which those who wait are refused. */
const PATIENCE_MS = 5_000;
/** Milliseconds for which a missing archive is believed to be missing. */
const ABSENCE_MS = 1_000;

interface Waiting {
  readonly admit: () => void;
  readonly refuse: (problem: Problem) => void;
}

/** Copies what is stored. Answers the sequence up to which everything is archived, undefined without an archive. */
export type Copy = () => Promise<number | undefined>;

/**
 * Lets events of one stream through to its shard no faster than they are archived, since what the shard pushes out
 * before that would be a hole in the archive. First come, first served.
 */
export class Pace {
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;
  /** Sequences of events that were stored and are not archived yet; 0 for those with an unknown outcome. */
  private owed: number[] = [];
  private copying = false;
  private delayed: NodeJS.Timeout | undefined;
  private progressAt = 0;
  /** Until when, by `performance.now()`, there is no archive to wait for. */
  private absentUntil = 0;
  private looked = false;
  /** Times that somebody has told of an archive that was made. */
  private made = 0;
  private closed = false;

  constructor(private readonly copy: Copy) {}

  /** Whether there was no archive a moment ago. */
  get absent(): boolean {
    return performance.now() < this.absentUntil;
  }

  /** Whether nothing waits or is owed. */
  get idle(): boolean {
    return this.waiting.length === 0 && this.inFlight === 0 && this.owed.length === 0 && !this.copying;
  }

  /**
   * Publishes when it is time to.
   *
   * @throws Problem `unavailable` when the archive has stood still for 5 s; otherwise what `publish` throws
   */
  async run(publish: () => Promise<PublishAck>): Promise<PublishAck> {
    await this.admission();
    let seq = 0;
    try {
      const ack = await publish();
      seq = ack.seq;
      return ack;
    } finally {
      this.inFlight -= 1;
      this.owed.push(seq);
      this.copySoon();
    }
  }

  /** Somebody has made an archive: from now on nothing passes it. */
  lookAgain(): void {
    this.made += 1;
    this.absentUntil = 0;
    this.looked = false;
  }

  /** Refuses those who wait. */
  close(): void {
    this.closed = true;
    clearTimeout(this.delayed);
    this.refuseAll('The service is stopping.');
  }

  private admission(): Promise<void> | undefined {
    if (this.waiting.length === 0 && this.hasRoom) {
      this.inFlight += 1;
      return undefined;
    }
    return new Promise((admit, refuse) => {
      if (this.waiting.length === 0) this.progressAt = performance.now();
      this.waiting.push({ admit, refuse });
      this.copyNow();
    });
  }

  private get hasRoom(): boolean {
    return this.absent || (this.looked && this.inFlight + this.owed.length < MAX_OWED);
  }

  private copySoon(): void {
    if (this.inFlight + this.owed.length >= MAX_OWED / 2) this.copyNow();
    else this.delayed ??= setTimeout(() => this.copyNow(), COPY_DELAY_MS);
  }

  private copyNow(): void {
    clearTimeout(this.delayed);
    this.delayed = undefined;
    if (this.copying || this.closed) return;
    this.copying = true;
    void this.copyAll();
  }

  private async copyAll(): Promise<void> {
    const before = this.owed.length;
    const { made } = this;
    try {
      const through = await this.copy();
      this.copying = false;
      // Who looked before an archive was made has not seen it.
      if (through === undefined && made !== this.made) return this.copyNow();
      this.take(through, before);
      // While all that is missing is still in flight there is nothing to copy; its acks come back here.
      if (this.owed.length > 0 && this.waiting.length > 0) this.copyNow();
      else if (this.owed.length > 0) this.copySoon();
    } catch {
      this.copying = false;
      if (performance.now() - this.progressAt > PATIENCE_MS) {
        this.refuseAll('The longer history of the stream cannot be written at the moment.');
      }
      if (!this.closed && !this.idle) this.delayed ??= setTimeout(() => this.copyNow(), RETRY_MS);
    }
  }

  /** @param before how many were owed when the copying began */
  private take(through: number | undefined, before: number): void {
    this.looked = through !== undefined;
    this.absentUntil = through === undefined ? performance.now() + ABSENCE_MS : 0;
    this.owed =
      through === undefined ? [] : this.owed.filter((seq, n) => seq > through || (seq === 0 && n >= before));
    while (this.waiting.length > 0 && this.hasRoom) {
      this.inFlight += 1;
      this.progressAt = performance.now();
      this.waiting.shift()?.admit();
    }
  }

  private refuseAll(detail: string): void {
    for (const { refuse } of this.waiting.splice(0)) refuse(new Problem('unavailable', detail));
  }
}
