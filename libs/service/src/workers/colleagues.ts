import type { Registry } from 'prom-client';
import type { CountsElsewhere } from '#libs/limits';
import type { Readiness, ReadinessRegistry } from '../health/readiness-registry.js';

/** What a worker says of itself, for all of them together. */
export interface OwnState {
  readonly registry: Registry;
  readonly readiness: ReadinessRegistry;
}

/**
 * The workers of a service as one: whoever asks any of them gets the answer of all (ADR 0022). A service that is one
 * process is its own only worker.
 */
export abstract class Colleagues {
  /** Whether the event loop of each of them turns. */
  abstract alive(): Promise<boolean>;
  abstract readiness(): Promise<Readiness>;
  /** The metrics of all, in Prometheus's text format. */
  abstract metrics(): Promise<string>;
  /** How many of something the others have, by key. @param what the same in each worker */
  abstract counts(what: string): CountsElsewhere | undefined;
}

/** A service that is one process. */
export class NoColleagues extends Colleagues {
  constructor(private readonly own: OwnState) {
    super();
  }

  alive(): Promise<boolean> {
    return Promise.resolve(true);
  }

  readiness(): Promise<Readiness> {
    return this.own.readiness.ask();
  }

  metrics(): Promise<string> {
    return this.own.registry.metrics();
  }

  counts(): undefined {
    return undefined;
  }
}
