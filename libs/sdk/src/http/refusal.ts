import type { FieldError } from '#libs/contracts';
import { RunnelError } from '../errors.js';
import { retryAfterMs } from './retry-after.js';

const PROBLEM_TYPE = 'urn:runnel:problem:';

/** The error in an answer that is none of 2xx: Runnel's problem+json, or what a proxy before it answered. */
export async function refusalOf(response: Response): Promise<RunnelError> {
  const problem = asProblem(await response.text().catch(() => ''));
  const { status, statusText, headers } = response;
  const code = problem.type?.startsWith(PROBLEM_TYPE)
    ? problem.type.slice(PROBLEM_TYPE.length)
    : `http-${status}`;
  const detail = problem.detail ?? problem.title ?? elsewhere(response) ?? `${status} ${statusText}`.trim();
  return new RunnelError({
    status,
    code,
    detail,
    errors: problem.errors,
    requestId: problem.instance,
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  });
}

interface ProblemDocument {
  readonly type?: string | undefined;
  readonly title?: string | undefined;
  readonly detail?: string | undefined;
  readonly instance?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
}

/** Whatever form the document has, each field is text or left out. */
function asProblem(text: string): ProblemDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const textOf = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  return {
    type: textOf('type'),
    title: textOf('title'),
    detail: textOf('detail'),
    instance: textOf('instance'),
    errors: Array.isArray(fields.errors) ? fields.errors.filter(isFieldError) : undefined,
  };
}

function isFieldError(value: unknown): value is FieldError {
  const { field, message } = (value ?? {}) as Partial<Record<string, unknown>>;
  return typeof field === 'string' && typeof message === 'string';
}

/** Calls do not follow redirects: a POST would become a GET, and the key would stay behind. */
function elsewhere({ status, type, headers }: Response): string | undefined {
  // Browsers hide everything else about a redirect.
  if (type === 'opaqueredirect') return 'The address redirects to another one: use that.';
  const location = headers.get('location');
  if (status < 300 || status > 399 || location === null) return undefined;
  return `The address redirects to ${location}: use that one.`;
}
