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
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Bad fields; empty when the refusal is not about fields. */
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
  /** Milliseconds that the service asked to wait for. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, code, detail, errors = [], requestId, retryAfterMs }: Refusal) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
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

/** Reasons by the code that the system underneath gives; other causes have no sentence of their own. */
const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ENOTFOUND: 'is not a known host',
  EAI_AGAIN: 'cannot be looked up at the moment',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate that is not trusted',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
};

/**
 * What `fetch` threw, with a reason for people. Browsers do not say why, Node does in the cause.
 *
 * @param url of the request; only its origin is shown, since a query may hold a ticket
 */
export function connectError(url: string, cause: unknown): ConnectError {
  if (cause instanceof ConnectError) return cause;
  const code = codeOf((cause as { cause?: unknown } | undefined)?.cause) ?? codeOf(cause);
  return new ConnectError(new URL(url).origin, WHY[code ?? ''] ?? 'could not be reached', { cause });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
