import { Problem } from '#libs/contracts';

/** Works one thing at a time for each key, in the order of arrival; different keys do not wait for each other. */
export class Turns {
  private readonly lines = new Map<string, { last: Promise<unknown>; length: number }>();

  /** @param maxWaiting how many may stand in one line before a further one is sent away */
  constructor(private readonly maxWaiting: number) {}

  /** @throws Problem `unavailable` when the line is full; else what the work throws */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= this.maxWaiting) {
      throw new Problem('unavailable', 'Too much is waiting to be done at the moment.');
    }
    this.lines.set(key, line);
    line.length += 1;
    const turn = line.last.then(work);
    line.last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(key);
    }
  }
}
