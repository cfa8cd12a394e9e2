/** The latest ids, of which it can tell a repeat: after a gap, events that came before may come again. */
export class RecentIds {
  private readonly ids = new Set<string>();

  /** @param capacity ids to remember; more than a server replays */
  constructor(private readonly capacity = 1_000) {}

  /** Remembers the id. Returns false when it was there already. */
  add(id: string): boolean {
    if (this.ids.has(id)) return false;
    this.ids.add(id);
    if (this.ids.size > this.capacity) {
      // A Set keeps the order of insertion: the first is the oldest.
      for (const oldest of this.ids) {
        this.ids.delete(oldest);
        break;
      }
    }
    return true;
  }
}
