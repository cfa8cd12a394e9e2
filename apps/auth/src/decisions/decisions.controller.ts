import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, NatsContext, Payload } from '@nestjs/microservices';
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
import { during, Traces } from '#libs/tracing';
import { askedFor } from './asked-for.js';
import { Decider } from './decider.js';

/** Answers the other services over NATS. One question reaches one replica (queue group {@link AUTH_QUEUE}). */
@ApiExcludeController()
@Controller()
export class DecisionsController {
  constructor(
    private readonly decider: Decider,
    private readonly traces: Traces,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @MessagePattern(AUTH_DECIDE)
  decide(@Payload() payload: unknown, @Ctx() context: NatsContext): Promise<DecideAnswer> {
    const { requestId, trace } = askedFor(context);
    return this.answer<DecideAnswer>(async () => {
      const question = questionSchema.parse(payload);
      const span = trace && this.traces.recorder?.begin('decide', trace, { kind: 'server' });
      const decision = await during(span, () => this.decider.decide(question));
      const outcome = decision.ok ? 'allowed' : decision.reason;
      this.log.debug({ requestId, keyId: question.keyId, outcome }, 'A credential was looked at');
      return decision;
    }, requestId);
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
  private async answer<T>(work: () => Promise<T>, requestId?: string): Promise<T | { unavailable: true }> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ err: error, requestId }, 'A credential could not be checked');
      return { unavailable: true };
    }
  }
}
