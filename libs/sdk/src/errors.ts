import type { FieldError } from '#libs/contracts';

export interface Refusal {
  readonly status: number;
  /** The service's own code, as docs/errors.md lists it; `http-<status>` where something else answered. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[] | undefined;
  /** Names the request in the service's log. */
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The service was reached and refused, or failed. Its message is written for people. */
export class RunnelError extends Error {
  override readonly name = 'RunnelError';
  declare readonly status: number;
  declare readonly code: string;
  declare readonly detail: string;
  /** Bad fields; empty when the refusal is not about fields. */
  declare readonly errors: readonly FieldError[];
  declare readonly requestId: string | undefined;
  /** Milliseconds that the service asked to wait for. */
  declare readonly retryAfterMs: number | undefined;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    Object.assign(this, refusal, { errors: refusal.errors ?? [] });
  }
}

/** The service could not be reached, or was lost before it had answered. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code = 'cannot-connect';

  /** @param why a clause that goes on after the address, such as `refused the connection` */
  constructor(
    readonly url: string,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`${url} ${why}.`, options);
  }
}

/** Runnel ended the subscription and does not let it in again. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
  readonly code = 'stream-closed';

  /** @param reason as the contract has it, such as `stream-deleted`; a newer service may know others */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The stream was closed: ${reason}.`, options);
  }
}
