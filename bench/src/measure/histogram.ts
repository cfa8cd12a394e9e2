/** Buckets of a factor of two: each is about 1 % wide. */
const PER_OCTAVE = 64;
/** Up to 2^36 microseconds, 19 hours. */
const OCTAVES = 36;

/** What a {@link Histogram} is between processes. */
export type HistogramData = readonly (readonly [bucket: number, count: number])[];

/** Counts of positive values in buckets of about 1 %, so that any number of them costs the same. */
export class Histogram {
  private readonly counts = new Uint32Array(PER_OCTAVE * OCTAVES + 1);
  private total = 0;

  get size(): number {
    return this.total;
  }

  /** Values below 1 count as 1. */
  add(value: number, times = 1): void {
    const bucket = value <= 1 ? 0 : Math.ceil(Math.log2(value) * PER_OCTAVE);
    const index = Math.min(bucket, this.counts.length - 1);
    this.counts[index] = (this.counts[index] as number) + times;
    this.total += times;
  }

  /** The value that a share of all values, 0 to 1, does not exceed; 0 when there are none. */
  quantile(share: number): number {
    let left = Math.ceil(this.total * share);
    for (let bucket = 0; bucket < this.counts.length; bucket += 1) {
      left -= this.counts[bucket] as number;
      if (left <= 0) return this.total === 0 ? 0 : 2 ** (bucket / PER_OCTAVE);
    }
    return 0;
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
  }

  toData(): HistogramData {
    return [...this.counts.entries()].filter(([, count]) => count > 0);
  }

  merge(data: HistogramData): void {
    for (const [bucket, count] of data) {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
      this.total += count;
    }
  }
}
