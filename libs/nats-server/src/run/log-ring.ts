/** The last lines that a server said, for error messages; bounded, so a chatty server costs no memory. */
export class LogRing {
  readonly #lines: string[] = [];

  /** @param capacity lines kept; the oldest goes first */
  constructor(private readonly capacity = 200) {}

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.capacity) this.#lines.shift();
  }

  /** Oldest first. */
  lines(): string[] {
    return [...this.#lines];
  }
}
