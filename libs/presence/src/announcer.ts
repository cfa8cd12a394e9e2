/** Ticks for which a stream must have had no subscriber: those of a gateway that ends are back within 5 s. */
export const LEFT_TICKS = 24;
/** Streams that are told of in one tick, so that a gateway's end does not hold the process up. */
const MAX_TOLD = 2_000;

export interface AnnouncerOptions {
  /** Tells of a stream, by its presence subject, what is so now. */
  readonly tell: (subject: string) => void;
}

interface Waiting {
  readonly occupied: boolean;
  /** What others believe; undefined when that is not known. */
  readonly told: boolean | undefined;
  readonly dueTick: number;
}

/**
 * Decides when to tell that a stream has got its first subscriber or lost its last one: the first at the next
 * tick, the last after {@link LEFT_TICKS}. What was undone meanwhile is not told. It knows of the streams that it
 * is about to tell of, and of no others.
 */
export class Announcer {
  private readonly waiting = new Map<string, Waiting>();
  private now = 0;

  constructor(private readonly options: AnnouncerOptions) {}

  /** A stream has its first subscriber, or none any more. */
  turned(subject: string, occupied: boolean): void {
    const before = this.waiting.get(subject);
    const told = before === undefined ? !occupied : before.told;
    if (told === occupied) this.waiting.delete(subject);
    else this.wait(subject, occupied, told);
  }

  /** How a stream is, of which nobody knows what was told. */
  found(subject: string, occupied: boolean): void {
    this.wait(subject, occupied, undefined);
  }

  /** Somebody else has told. */
  heard(subject: string, occupied: boolean): void {
    if (this.waiting.get(subject)?.occupied === occupied) this.waiting.delete(subject);
  }

  tick(): void {
    this.now += 1;
    let told = 0;
    for (const [subject, { dueTick }] of this.waiting) {
      if (dueTick > this.now) continue;
      if (told === MAX_TOLD) return;
      told += 1;
      this.waiting.delete(subject);
      this.options.tell(subject);
    }
  }

  private wait(subject: string, occupied: boolean, told: boolean | undefined): void {
    this.waiting.set(subject, { occupied, told, dueTick: this.now + (occupied ? 1 : LEFT_TICKS) });
  }
}
