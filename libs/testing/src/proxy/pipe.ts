import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Conditions, Direction } from './conditions.js';

/** Bytes under way at once in one direction of one connection; the sender waits beyond that, as with TCP. */
const WINDOW = 256 * 1024;

/** How finely a throttled connection is metered, in parts of a second. */
const SLICES = 10;

export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly conditions: Conditions;
  /** Changes what passes. Default: nothing is changed. */
  readonly transform?: ((bytes: Buffer) => Buffer) | undefined;
}

/** Carries what one side of a connection sends to the other, as the conditions let it. Ends with the other side. */
export class Pipe {
  /** What is under way; undefined stands for the end. */
  private readonly parcels: { bytes: Buffer | undefined; due: number }[] = [];
  private underWay = 0;
  private wake = () => {};
  private ended = false;
  private readonly carried: Promise<void>;

  constructor(private readonly options: PipeOptions) {
    const { from, to, transform = (bytes: Buffer) => bytes } = options;
    from.on('data', (bytes: Buffer) => this.accept(transform(bytes)));
    from.on('end', () => void this.finish());
    to.on('drain', () => this.wake());
    to.on('close', () => this.wake());
    this.carried = this.carry();
  }

  /** Passes on the end, behind what is under way. Resolves when all of that has been handed over. */
  finish(): Promise<void> {
    if (!this.ended) this.accept(undefined);
    this.ended = true;
    return this.carried;
  }

  private accept(bytes: Buffer | undefined): void {
    const { conditions, direction, from } = this.options;
    this.parcels.push({ bytes, due: performance.now() + conditions.of(direction).latencyMs });
    this.underWay += bytes?.length ?? 0;
    if (this.underWay > WINDOW) from.pause();
    this.wake();
  }

  private async carry(): Promise<void> {
    const { from, to } = this.options;
    while (!to.destroyed) {
      const parcel = this.parcels.shift();
      if (parcel === undefined) {
        await this.untilWoken();
        continue;
      }
      await sleep(Math.max(0, parcel.due - performance.now()));
      await this.untilFound();
      if (parcel.bytes === undefined) {
        to.end();
        return;
      }
      await this.deliver(parcel.bytes);
      this.underWay -= parcel.bytes.length;
      if (this.underWay <= WINDOW) from.resume();
    }
  }

  private async deliver(bytes: Buffer): Promise<void> {
    const { conditions, direction, to } = this.options;
    for (let at = 0; at < bytes.length && !to.destroyed; ) {
      const { bytesPerSecond } = conditions.of(direction);
      const slice = bytes.subarray(at, at + Math.max(1, Math.floor(bytesPerSecond / SLICES)));
      at += slice.length;
      to.write(slice);
      while (to.writableNeedDrain && !to.destroyed) await this.untilWoken();
      if (Number.isFinite(bytesPerSecond)) await sleep(1_000 / SLICES);
      await this.untilFound();
    }
  }

  private async untilFound(): Promise<void> {
    const { conditions, direction, to } = this.options;
    while (conditions.of(direction).lost && !to.destroyed) {
      await Promise.race([conditions.changed(), this.untilWoken()]);
    }
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
