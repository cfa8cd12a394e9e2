import { STATUS_CODES } from 'node:http';
import { type FieldError, PROBLEMS, Problem, type ProblemCode } from '#libs/contracts';

/** A failure in the words for the caller: nothing here needs to be kept from anybody. */
export interface Failure {
  /** `urn:runnel:problem:<code>`, or `about:blank` where the status alone says it (RFC 9457 section 4.2.1). */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  /** For `Retry-After`. */
  readonly retryAfterS?: number | undefined;
  /** For `WWW-Authenticate`. */
  readonly challenge?: string | undefined;
}

export function failureOfProblem(problem: Problem): Failure {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:runnel:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    errors: problem.errors.length > 0 ? problem.errors : undefined,
    retryAfterS: problem.retryAfterS,
    challenge: challengeOf(problem.code),
  };
}

/** The code that says the same as a bare status, where there is one. 422 is missing: its code says more. */
const CODE_OF_STATUS = new Map<number, ProblemCode>([
  [400, 'malformed-request'],
  [401, 'no-credential'],
  [403, 'not-allowed'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [409, 'conflict'],
  [413, 'too-large'],
  [415, 'unsupported-media-type'],
  [429, 'too-many-requests'],
  [500, 'internal-error'],
  [503, 'unavailable'],
]);

/** A failure of which only the HTTP status is known, and perhaps a sentence for the caller. */
export function failureOfStatus(
  status: number,
  detail?: string,
  errors: readonly FieldError[] = [],
): Failure {
  const code = CODE_OF_STATUS.get(status);
  if (code !== undefined) {
    return failureOfProblem(new Problem(code, detail ?? `${PROBLEMS[code].title}.`, { errors }));
  }
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    errors: errors.length > 0 ? errors : undefined,
  };
}

/** RFC 6750 section 3.1: a request without any credential is told the scheme only, without an error code. */
function challengeOf(code: ProblemCode): string | undefined {
  if (code === 'no-credential') return 'Bearer';
  if (code === 'bad-credential') return 'Bearer error="invalid_token"';
  return undefined;
}
