/** One direction of the network between two programs. */
export type Direction = 'toServer' | 'toClient';

/** What the network does in one direction. */
export interface Weather {
  /** Milliseconds that every byte takes longer. Default 0. */
  readonly latencyMs: number;
  /** Bytes that pass in a second, for each connection. Default: any number. */
  readonly bytesPerSecond: number;
  /** Nothing arrives, not even the end of a connection, and nobody is told. What is sent meanwhile arrives later. */
  readonly lost: boolean;
}

const FAIR: Weather = { latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, lost: false };

/** What a proxy does to its connections now. Those who wait for better weather are woken by each change. */
export class Conditions {
  private readonly weather = { toServer: FAIR, toClient: FAIR };
  private waiting: (() => void)[] = [];

  of(direction: Direction): Weather {
    return this.weather[direction];
  }

  /** @param directions default: both */
  set(change: Partial<Weather>, directions: readonly Direction[] = ['toServer', 'toClient']): void {
    for (const direction of directions) this.weather[direction] = { ...this.weather[direction], ...change };
    this.wake();
  }

  clear(): void {
    this.weather.toServer = FAIR;
    this.weather.toClient = FAIR;
    this.wake();
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
