import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { inOneGo, type Middleware } from './in-one-go.js';

const request = new IncomingMessage(new Socket());
const response = new ServerResponse(request);

function run(...parts: Middleware[]): unknown[] {
  const calls: unknown[] = [];
  const noting = parts.map(
    (part, n): Middleware =>
      (a, b, next) => {
        calls.push(n);
        part(a, b, next);
      },
  );
  inOneGo(...noting)(request, response, (error) => calls.push(['next', error]));
  return calls;
}

describe('middlewares in one go', () => {
  it('run in their order, and then what comes after them', () => {
    expect(
      run(
        (_a, _b, next) => next(),
        (_a, _b, next) => next(),
      ),
    ).toEqual([0, 1, ['next', undefined]]);
    expect(run()).toEqual([['next', undefined]]);
  });

  it('end at one that passes an error on, or answers itself', () => {
    const error = new Error('no');
    expect(
      run(
        (_a, _b, next) => next(error),
        (_a, _b, next) => next(),
      ),
    ).toEqual([0, ['next', error]]);
    expect(
      run(
        () => {},
        (_a, _b, next) => next(),
      ),
    ).toEqual([0]);
  });

  it('may take their time', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      inOneGo(
        (_a, _b, next) => setImmediate(next),
        (_a, _b, next) => {
          order.push('second');
          next();
        },
      )(request, response, () => resolve());
      order.push('meanwhile');
    });
    expect(order).toEqual(['meanwhile', 'second']);
  });
});
