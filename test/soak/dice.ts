/** Chance that can be repeated: the same seed gives the same throws. */
export class Dice {
  /** @param seed a whole number */
  constructor(private seed: number) {}

  /** From 0 up to 1. */
  throw(): number {
    // mulberry32: small, and even enough for choosing what to break.
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.throw() * (most - least);
  }

  /** Some of a list, each at most once. */
  some<T>(count: number, of: readonly T[]): T[] {
    const left = [...of];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(Math.floor(this.throw() * left.length), 1)[0] as T;
    });
  }
}
