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
      let timeout: NodeJS.Timeout | undefined;
      const giveUp = () => {
        if (!response.headersSent) subscriber.error(tooSlow(request));
      };
      const start = () => {
        timeout = setTimeout(giveUp, this.answerMs);
      };
      // The time that a client takes to send its body is its own.
      if (request.complete) start();
      else request.once('end', start);
      const answer = next.handle();
      const subscription = (
        isReading(request) ? answer.pipe(again(response, this.answerMs)) : answer
      ).subscribe(subscriber);
      return () => {
        clearTimeout(timeout);
        request.off('end', start);
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
export function inTime<T>(request: IncomingMessage, work: Promise<T>, answerMs = ANSWER_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    let timeout: NodeJS.Timeout | undefined;
    const start = () => {
      timeout = setTimeout(() => reject(tooSlow(request)), answerMs);
    };
    const stop = () => {
      clearTimeout(timeout);
      request.off('end', start);
    };
    const begin = () => {
      // The time that a client takes to send its body is its own.
      if (request.complete) start();
      else request.once('end', start);
    };
    // A moment later, since a handler may run while Node is still reading what came together with the head.
    void Promise.resolve().then(begin);
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
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
