import type { Msg } from '@nats-io/nats-core';
import type { NatsLink } from '#libs/nats-connection';
import { type DirectAnswer, type DirectGet, DirectGetter } from './direct-get.js';
import { type StoredEvent, storedEvent } from './stored-event.js';

/** Several connections to read over, in turn. */
export class DirectGetters {
  private readonly getters: readonly DirectGetter[];
  private turn = 0;

  /** @param links one or more, which stay the caller's to close */
  constructor(links: readonly NatsLink[]) {
    this.getters = links.map((link) => new DirectGetter(link));
  }

  /** See {@link DirectGetter.ask}. */
  ask(stream: string, request: DirectGet): Promise<DirectAnswer>;
  ask<Event extends StoredEvent>(
    stream: string,
    request: DirectGet,
    read: (message: Msg) => Event | undefined,
  ): Promise<DirectAnswer<Event>>;
  ask(
    stream: string,
    request: DirectGet,
    read: (message: Msg) => StoredEvent | undefined = storedEvent,
  ): Promise<DirectAnswer> {
    this.turn = (this.turn + 1) % this.getters.length;
    return (this.getters[this.turn] as DirectGetter).ask(stream, request, read);
  }

  /** Fails what is pending and stops. */
  close(): void {
    for (const getter of this.getters) getter.close();
  }
}
