/** A map that forgets what was longest not asked for when it grows over its capacity. */
export class Lru<V> {
  /** Maps keep the order of insertion, so the first key is the one to forget. */
  private readonly map = new Map<string, V>();

  /** @param capacity 1 or more */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.map.size;
  }

  get(key: string): V | undefined {
    const value = this.map.get(key);
    if (value === undefined) return undefined;
    this.map.delete(key);
    this.map.set(key, value);
    return value;
  }

  /** Like {@link get}, without counting as use. */
  peek(key: string): V | undefined {
    return this.map.get(key);
  }

  set(key: string, value: V): void {
    this.map.delete(key);
    this.map.set(key, value);
    if (this.map.size <= this.capacity) return;
    const [oldest] = this.map.keys();
    if (oldest !== undefined) this.map.delete(oldest);
  }

  delete(key: string): void {
    this.map.delete(key);
  }

  /** Forgets all values that match. */
  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, value] of this.map) if (matches(value)) this.map.delete(key);
  }

  clear(): void {
    this.map.clear();
  }
}
