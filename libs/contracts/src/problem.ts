/**
 * Every way in which Runnel refuses or fails, with its HTTP status.
 * docs/errors.md lists the same codes; a test keeps the two equal.
 */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request is malformed' },
  'key-in-query': { status: 400, title: 'An API key must not be sent in a query string' },
  'no-credential': { status: 401, title: 'A credential is required' },
  'bad-credential': { status: 401, title: 'The credential is not valid' },
  'not-allowed': { status: 403, title: 'The credential does not allow this' },
  'not-found': { status: 404, title: 'Nothing here has this address, id or name' },
  'method-not-allowed': { status: 405, title: 'The address does not support this method' },
  conflict: { status: 409, title: 'The request conflicts with what exists' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type is not supported' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used with another body' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'too-many-connections': { status: 429, title: 'Too many connections are open' },
  'quota-exceeded': { status: 429, title: 'A quota is used up' },
  'internal-error': { status: 500, title: 'Something went wrong in Runnel' },
  'outcome-unknown': { status: 503, title: 'It is not known whether the event was stored' },
  unavailable: { status: 503, title: 'Runnel cannot do this at the moment' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One bad field. `field` is a path such as `events[3].channel`; `index` is the event's place in a batch, from 0. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly index?: number;
}

export interface ProblemOptions {
  /** Bad fields, for `errors[]`. */
  errors?: readonly FieldError[];
  /** Seconds after which a retry may succeed, for `Retry-After`. Default for 429 and 503: 1. */
  retryAfterS?: number;
  /** The limit that was reached, as the metrics name it (docs/security.md). */
  limit?: string;
  /** What happened underneath: for the log, never for the caller. */
  cause?: unknown;
}

/** An expected failure. Its `message` is written for the caller and holds no secret, stack or NATS text. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly errors: readonly FieldError[];
  readonly retryAfterS: number | undefined;
  readonly limit: string | undefined;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.errors = options.errors ?? [];
    this.retryAfterS = options.retryAfterS ?? (retryable(code) ? 1 : undefined);
    this.limit = options.limit;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

function retryable(code: ProblemCode): boolean {
  const { status } = PROBLEMS[code];
  return status === 429 || status === 503;
}
