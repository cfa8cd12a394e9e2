import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { Observable, retry, throwError, timer } from 'rxjs';
import { Problem } from '#libs/contracts';

/**
 * Milliseconds from the last byte of a request to its answer. What a handler waits for has time limits of its own,
 * but several may follow one another; with those of the guards before, the caller waits less than 10 s in all.
 */
const ANSWER_MS = 7_500;
/** Milliseconds before a reading is tried again; each later pause is twice as long, up to the longest. */
const PAUSE_MS = { first: 50, longest: 500 };

/**
 * Answers 503 in place of a handler that takes too long, so that nobody waits for minutes when what is behind a
 * service is slow. The handler goes on, so the outcome is unknown. A response that has begun may take its time.
 *
 * What only reads is asked again in that time while it is `unavailable`: elections in a NATS cluster take some seconds,
 * and each part of what is stored has one of its own, so a service that is ready may just have to wait for one of them.
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
      const stop = whenOverdue(request, this.answerMs, () => {
        if (!response.headersSent) subscriber.error(tooSlow(request));
      });
      const answer = next.handle();
      const subscription = (
        isReading(request) ? answer.pipe(again(response, this.answerMs)) : answer
      ).subscribe(subscriber);
      return () => {
        stop();
        subscription.unsubscribe();
      };
    });
  }
}

/**
 * The same limit for one handler's work that may change something. For handlers that are called so often that the
 * machinery of an interceptor, a fifteenth of publishing one event, counts.
 *
 * @throws Problem `outcome-unknown` when the work takes too long; it goes on
 */
export async function inTime<T>(
  request: IncomingMessage,
  work: Promise<T>,
  answerMs = ANSWER_MS,
): Promise<T> {
  // A moment later, since a handler may run while Node is still reading what came together with the head.
  await Promise.resolve();
  return await new Promise<T>((resolve, reject) => {
    const stop = whenOverdue(request, answerMs, () => reject(tooSlow(request)));
    work.finally(stop).then(resolve, reject);
  });
}

/**
 * Calls back once when a request has waited for its answer for too long.
 *
 * @param answerMs milliseconds from its last byte: the time that a client takes to send its body is its own
 * @returns what calls that off
 */
function whenOverdue(request: IncomingMessage, answerMs: number, onOverdue: () => void): () => void {
  let timeout: NodeJS.Timeout | undefined;
  const start = () => {
    timeout = setTimeout(onOverdue, answerMs);
  };
  if (request.complete) start();
  else request.once('end', start);
  return () => {
    clearTimeout(timeout);
    request.off('end', start);
  };
}

/** Asks again what is `unavailable`, as long as there is time, and somebody who waits for it. */
function again<T>(response: ServerResponse, answerMs: number) {
  const end = performance.now() + answerMs;
  return retry<T>({
    delay: (error: unknown, times) => {
      const passing = error instanceof Problem && error.code === 'unavailable';
      const pauseMs = Math.min(PAUSE_MS.first * 2 ** (times - 1), PAUSE_MS.longest);
      const inTime = performance.now() + pauseMs < end && !response.headersSent && !response.closed;
      return passing && inTime ? timer(pauseMs) : throwError(() => error);
    },
  });
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function tooSlow(request: IncomingMessage): Problem {
  if (isReading(request)) {
    return new Problem('unavailable', 'The answer takes too long at the moment.');
  }
  return new Problem(
    'outcome-unknown',
    'This takes too long at the moment. It may have been done all the same.',
  );
}
