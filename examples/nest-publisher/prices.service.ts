import { Inject, Injectable } from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { runnelEvent, type Stored } from './runnel-nats.js';

export const RUNNEL = Symbol('the ClientProxy that publishes to Runnel');
export const SUBJECT = Symbol("the stream's nats_subject");

export interface Price {
  readonly symbol: string;
  readonly price: number;
}

@Injectable()
export class Prices {
  constructor(
    @Inject(RUNNEL) private readonly runnel: ClientProxy,
    @Inject(SUBJECT) private readonly subject: string,
  ) {}

  /**
   * Resolves once it is stored.
   *
   * @param id the same id stores once within two minutes
   */
  publish(price: Price, id?: string): Promise<Stored> {
    return firstValueFrom(this.runnel.send<Stored>(this.subject, runnelEvent('price', price, id)));
  }

  /** Does not wait: it may come after what is published later, and is lost while no Runnel is there. */
  announce(price: Price): void {
    this.runnel.emit(this.subject, runnelEvent('price', price));
  }
}
