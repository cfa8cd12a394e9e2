import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  AUTH_DECIDE,
  AUTH_RECHECK,
  AUTH_TICKET_KEYS,
  type DecideAnswer,
  MAX_RECHECK_KEYS,
  questionSchema,
  type RecheckAnswer,
  recheckSchema,
  type TicketKeysAnswer,
} from '#libs/access';
import { LOG, type Log } from '#libs/service';
import { Decider } from './decider.js';

/** Answers the other services over NATS. One question reaches one replica (queue group {@link AUTH_QUEUE}). */
@ApiExcludeController()
@Controller()
export class DecisionsController {
  constructor(
    private readonly decider: Decider,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @MessagePattern(AUTH_DECIDE)
  decide(@Payload() payload: unknown): Promise<DecideAnswer> {
    return this.answer<DecideAnswer>(() => this.decider.decide(questionSchema.parse(payload)));
  }

  @MessagePattern(AUTH_RECHECK)
  recheck(@Payload() payload: unknown): Promise<RecheckAnswer> {
    return this.answer<RecheckAnswer>(async () => {
      const { keys } = recheckSchema.parse(payload);
      if (keys.length > MAX_RECHECK_KEYS) throw new Error(`A recheck of ${keys.length} keys.`);
      return { verdicts: await this.decider.recheck(keys) };
    });
  }

  @MessagePattern(AUTH_TICKET_KEYS)
  ticketKeys(): Promise<TicketKeysAnswer> {
    return this.answer<TicketKeysAnswer>(async () => ({ keys: await this.decider.ticketKeys() }));
  }

  /** A failure is answered, too: silence would cost the one who asks its whole patience. */
  private async answer<T>(work: () => Promise<T>): Promise<T | { unavailable: true }> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ err: error }, 'A credential could not be checked');
      return { unavailable: true };
    }
  }
}
