export interface PendingLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** The share of each limit that one workspace may take, so that its flood leaves room for the others. */
const WORKSPACE_SHARE = 0.5;

/** Counts what was taken and is not done yet, all together and for each workspace, so that neither grows for ever. */
export class Pending {
  private readonly total = { messages: 0, bytes: 0 };
  private readonly ofWorkspace = new Map<string, { messages: number; bytes: number }>();
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: PendingLimits) {}

  /** @returns what is called once when the message is done, or undefined when there is no room for it */
  take(workspace: string, bytes: number): (() => void) | undefined {
    const own = this.ofWorkspace.get(workspace) ?? { messages: 0, bytes: 0 };
    if (!this.fits(this.total, bytes, 1) || !this.fits(own, bytes, WORKSPACE_SHARE)) return undefined;
    this.ofWorkspace.set(workspace, own);
    for (const count of [this.total, own]) {
      count.messages += 1;
      count.bytes += bytes;
    }
    return () => {
      for (const count of [this.total, own]) {
        count.messages -= 1;
        count.bytes -= bytes;
      }
      if (own.messages === 0) this.ofWorkspace.delete(workspace);
      if (this.total.messages === 0) for (const resolve of this.waiting.splice(0)) resolve();
    };
  }

  /** Resolves when nothing is pending. */
  whenEmpty(): Promise<void> {
    if (this.total.messages === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private fits(count: PendingLimits, bytes: number, share: number): boolean {
    return count.messages < this.limits.messages * share && count.bytes + bytes <= this.limits.bytes * share;
  }
}
