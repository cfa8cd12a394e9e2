/** What one key has taken. Shared by all who have taken it, so that each of them only keeps a reference. */
export interface Place {
  readonly key: string;
  taken: number;
}

/** The same counts in other processes, which count against the same bound. */
export interface CountsElsewhere {
  /** How many all others have, as far as it is known: what changes elsewhere is known some milliseconds later. */
  count(key: string): number;
  /** Told of each change here. */
  own(key: string, count: number): void;
}

/** Counts what is there at the same time, by key. Holds the keys that have something, and no others. */
export class Tally {
  private readonly places = new Map<string, Place>();

  /** @param most for each key, here and elsewhere; 0 is no limit, and nothing is told elsewhere then */
  constructor(
    private readonly most: number,
    private readonly elsewhere?: CountsElsewhere,
  ) {}

  /** @returns what is handed to {@link give} in the end, or undefined when the key has as many as it may */
  take(key: string): Place | undefined {
    const place = this.places.get(key) ?? { key, taken: 0 };
    if (this.most > 0 && place.taken + (this.elsewhere?.count(key) ?? 0) >= this.most) return undefined;
    if (place.taken === 0) this.places.set(key, place);
    place.taken += 1;
    this.tell(place);
    return place;
  }

  /** Gives back what {@link take} returned; once. */
  give(place: Place): void {
    place.taken -= 1;
    if (place.taken === 0) this.places.delete(place.key);
    this.tell(place);
  }

  /** Keys that have something. */
  get size(): number {
    return this.places.size;
  }

  private tell({ key, taken }: Place): void {
    if (this.most > 0) this.elsewhere?.own(key, taken);
  }
}
