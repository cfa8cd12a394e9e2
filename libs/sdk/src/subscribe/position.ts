import type { Message } from './sse-parser.js';

/** Ids to remember: more than a server replays. */
const REMEMBERED = 1_000;

/** Where a subscription stands in its stream, over as many connections as it takes. */
export class Position {
  readonly #recent = new Set<string>();

  /** @param cursor what to go on after; empty for a beginning */
  constructor(public cursor = '') {}

  /** Moves on to a message. Returns false when it has been here before: after a gap, what came may come again. */
  moveTo({ id }: Message): boolean {
    if (!id) return true;
    this.cursor = id;
    const isNew = !this.#recent.has(id);
    this.#recent.add(id);
    // A Set keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#recent;
    if (this.#recent.size > REMEMBERED) this.#recent.delete(oldest as string);
    return isNew;
  }
}
