import { afterEach, describe, expect, it } from '@jest/globals';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { deferred } from '../../test/deferred.js';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';

/** A transport whose first attempts fail, as those of NATS do while there is no server. */
class UnwillingTransport extends Server implements CustomTransportStrategy {
  attempts = 0;
  closed = 0;
  readonly connected = deferred();

  constructor(private readonly failures: number) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.attempts++;
    if (this.attempts <= this.failures) {
      callback(new Error('nobody there'));
      return;
    }
    callback();
    this.connected.resolve();
  }

  close(): void {
    this.closed++;
  }

  override on(): void {}

  override unwrap<T>(): T {
    throw new Error('There is nothing to unwrap.');
  }
}

async function readiness(url: string): Promise<{ status: number; checks: Record<string, unknown> }> {
  const answer = await fetch(`${url}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, unknown> };
  return { status: answer.status, checks };
}

afterEach(closeTestServices);

describe('the message transports of a service', () => {
  it('are connected after the service listens, for as long as that takes', async () => {
    const strategy = new UnwillingTransport(1);
    const { url } = await startTestService({ microservices: [{ strategy }] });
    expect(await readiness(url)).toMatchObject({
      status: 503,
      checks: { transport: { status: 'failed', detail: 'The message transport is not connected yet.' } },
    });
    await strategy.connected.promise;
    // The check goes with the promise of Nest that follows the callback.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await readiness(url)).toEqual({ status: 200, checks: {} });
  });

  it('do not hold up the end of a service that never reached them', async () => {
    const strategy = new UnwillingTransport(Number.POSITIVE_INFINITY);
    const service = await startTestService({ microservices: [{ strategy }] });
    expect(await service.close()).toBe(true);
    expect(strategy.attempts).toBe(1);
    expect(strategy.closed).toBe(1);
  });
});
