import type { PublishedEvent } from '../client/views.js';

/** The files, steps or props cannot be run as they are. Nothing was run. The message is written for people. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError';
  readonly code = 'bad-workflow';
}

/** Code of the user failed, so nothing was sent. What it threw is the cause, with its own stack. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly code = 'step-failed';

  /** @param doing what failed: bringing the step's file into memory, or its `run` */
  constructor(
    readonly step: string,
    doing: 'load' | 'run',
    cause: unknown,
  ) {
    const what = doing === 'load' ? 'could not be loaded' : 'failed';
    super(`The step "${step}" ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export interface Unsent {
  readonly runId: string;
  /** Answers for the events that are stored for certain: those of the batches before. */
  readonly sent: readonly PublishedEvent[];
  /** How many are not: refused, or nobody knows. */
  readonly unsent: number;
  /** RunnelError or ConnectError, as publishing threw it. */
  readonly cause: unknown;
}

/** The run went well, and the service did not say of all its events that they are stored. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code = 'send-failed';
  /** A run with this id that does the same again, within two minutes, stores nothing twice. */
  readonly runId: string;
  readonly sent: readonly PublishedEvent[];
  readonly unsent: number;

  constructor({ runId, sent, unsent, cause }: Unsent) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const of = sent.length + unsent;
    super(`The service has not confirmed ${unsent} of ${of} events of the run: ${why}`, { cause });
    this.runId = runId;
    this.sent = sent;
    this.unsent = unsent;
  }
}
