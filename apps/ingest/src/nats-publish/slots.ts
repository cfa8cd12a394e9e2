/** A fixed number of places; whoever finds none waits for one, in the order of asking. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** @param most places that are wanted, 1 or more @returns how many were taken, as soon as it is at least one */
  async take(most: number): Promise<number> {
    while (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const taken = Math.min(this.free, most);
    this.free -= taken;
    // What is left may be enough for the next as well.
    if (this.free > 0) this.waiting.shift()?.();
    return taken;
  }

  giveBack(count = 1): void {
    this.free += count;
    this.waiting.shift()?.();
  }
}
