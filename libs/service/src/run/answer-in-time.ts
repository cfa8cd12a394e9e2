import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { Problem } from '#libs/contracts';

/**
 * Milliseconds from the last byte of a request to its answer. What a handler waits for has time limits of its own,
 * but several may follow one another; with those of the guards before, the caller waits less than 10 s in all.
 */
const ANSWER_MS = 7_500;

/**
 * Answers 503 in place of a handler that takes too long, so that nobody waits for minutes when what is behind a
 * service is slow. The handler goes on, so the outcome is unknown. A response that has begun may take its time.
 *
 * Not for everything at once: on the addresses of streams it would be kept in memory for each connection.
 */
export function AnswersInTime(): ClassDecorator {
  return UseInterceptors(new AnswerInTime());
}

/** What {@link AnswersInTime} does. */
export class AnswerInTime implements NestInterceptor {
  constructor(private readonly answerMs = ANSWER_MS) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    const response = http.getResponse<ServerResponse>();
    return new Observable((subscriber) => {
      let timer: NodeJS.Timeout | undefined;
      const giveUp = () => {
        if (!response.headersSent) subscriber.error(tooSlow(request));
      };
      const start = () => {
        timer = setTimeout(giveUp, this.answerMs);
      };
      // The time that a client takes to send its body is its own.
      if (request.complete) start();
      else request.once('end', start);
      const subscription = next.handle().subscribe(subscriber);
      return () => {
        clearTimeout(timer);
        request.off('end', start);
        subscription.unsubscribe();
      };
    });
  }
}

function tooSlow({ method }: IncomingMessage): Problem {
  if (method === 'GET' || method === 'HEAD') {
    return new Problem('unavailable', 'The answer takes too long at the moment.');
  }
  return new Problem(
    'outcome-unknown',
    'This takes too long at the moment. It may have been done all the same.',
  );
}
