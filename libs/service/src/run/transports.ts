import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { untilItSucceeds } from '#libs/timing';
import { NotReady } from '../errors.js';
import { ReadinessRegistry } from '../health/readiness-registry.js';
import type { Log } from '../log/create-log.js';

/** Milliseconds between attempts to reach the message system. */
const RETRY_MS = 500;

/**
 * Nest microservices inside of the HTTP application. They are connected for as long as it takes: Nest's own
 * start fails for good when the message system is not there yet.
 */
export class Transports {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly app: INestApplication,
    private readonly log: Log,
  ) {}

  /** Registers the handlers. Before the application listens; nothing connects yet. */
  add(options: readonly object[]): void {
    for (const each of options) this.app.connectMicroservice(each);
  }

  /** Begins to connect, and returns without waiting. */
  start(): void {
    const microservices = this.app.getMicroservices() as INestMicroservice[];
    this.running = Promise.all(microservices.map((each, index) => this.connect(each, index)));
  }

  /** No further attempts. Waits for one that is under way, so that it leaves no connection behind. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async connect(microservice: INestMicroservice, index: number): Promise<void> {
    const readiness = this.app.get(ReadinessRegistry);
    const connected = readiness.add(index === 0 ? 'transport' : `transport-${index}`, () => {
      throw new NotReady('The message transport is not connected yet.');
    });
    const listen = async () => {
      await microservice.listen();
      connected();
    };
    await untilItSucceeds(listen, {
      pauseMs: RETRY_MS,
      signal: this.stopping.signal,
      onFailure: (error) =>
        this.log.warn({ err: error }, 'The message transport cannot be reached; trying on.'),
    });
  }
}
