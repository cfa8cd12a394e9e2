import { EventEmitter, once } from 'node:events';

/** What may wait while messages are stored more slowly than they come. */
export interface WaitingLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

/** Messages on their way to the event log, in order and bounded; what finds no room is counted and gone. */
export class WaitingMessages<T extends { readonly data: Uint8Array }> {
  private waiting: T[] = [];
  private bytes = 0;
  private missed = 0;
  private readonly arrivals = new EventEmitter();

  constructor(private readonly limits: WaitingLimits) {}

  add(message: T): void {
    const { maxCount, maxBytes } = this.limits;
    if (this.waiting.length >= maxCount || this.bytes + message.data.length > maxBytes) {
      this.missed += 1;
    } else {
      this.waiting.push(message);
      this.bytes += message.data.length;
    }
    this.arrivals.emit('arrival');
  }

  /** Resolves when something waits or was missed, or when the signal aborts. */
  async some(signal: AbortSignal): Promise<void> {
    if (this.waiting.length > 0 || this.missed > 0) return;
    await once(this.arrivals, 'arrival', { signal }).catch(() => {});
  }

  /** Takes the oldest out. */
  take(count: number): T[] {
    const taken = this.waiting.splice(0, count);
    for (const { data } of taken) this.bytes -= data.length;
    return taken;
  }

  /** How many found no room since this was last asked. */
  takeMissed(): number {
    const { missed } = this;
    this.missed = 0;
    return missed;
  }
}
