import type { NatsLink } from '#libs/nats-connection';
import { DirectGetter } from './direct-get.js';

/** Several connections to read over, in turn. */
export class DirectGetters {
  private readonly getters: readonly DirectGetter[];
  private turn = 0;

  /** @param links one or more, which stay the caller's to close */
  constructor(links: readonly NatsLink[]) {
    this.getters = links.map((link) => new DirectGetter(link));
  }

  /** The one whose turn it is, for one question. */
  next(): DirectGetter {
    this.turn = (this.turn + 1) % this.getters.length;
    return this.getters[this.turn] as DirectGetter;
  }

  /** All of them, for what each must be able to do. */
  get all(): readonly DirectGetter[] {
    return this.getters;
  }

  /** Fails what is pending and stops. */
  close(): void {
    for (const getter of this.getters) getter.close();
  }
}
