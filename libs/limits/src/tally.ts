/** What one key has taken. Shared by all who have taken it, so that each of them only keeps a reference. */
export interface Place {
  readonly key: string;
  taken: number;
}

/** Counts what is there at the same time, by key. Holds the keys that have something, and no others. */
export class Tally {
  private readonly places = new Map<string, Place>();

  /** @param most for each key; 0 is no limit */
  constructor(private readonly most: number) {}

  /** @returns what is handed to {@link give} in the end, or undefined when the key has as many as it may */
  take(key: string): Place | undefined {
    const place = this.places.get(key) ?? { key, taken: 0 };
    if (this.most > 0 && place.taken >= this.most) return undefined;
    if (place.taken === 0) this.places.set(key, place);
    place.taken += 1;
    return place;
  }

  /** Gives back what {@link take} returned; once. */
  give(place: Place): void {
    place.taken -= 1;
    if (place.taken === 0) this.places.delete(place.key);
  }

  /** Keys that have something. */
  get size(): number {
    return this.places.size;
  }
}
