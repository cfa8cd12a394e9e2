import { HttpException } from '@nestjs/common';
import { type FieldError, Problem } from '#libs/contracts';
import { type Failure, failureOfProblem, failureOfStatus } from './failure.js';

/**
 * What the body parsers and the router of Express say of a request, by their own `type`. Their messages quote
 * the request or name internals, so the sentences are ours.
 */
const PARSER_FAULTS: Record<string, readonly [status: number, detail: string]> = {
  'entity.too.large': [413, 'The body is too large.'],
  'parameters.too.many': [413, 'The body has too many parameters.'],
  'entity.parse.failed': [400, 'The body cannot be parsed.'],
  'entity.verify.failed': [400, 'The body was refused.'],
  'request.aborted': [400, 'The request ended before its body was complete.'],
  'request.size.invalid': [400, 'The body is not as long as Content-Length says.'],
  'charset.unsupported': [415, 'The character set of the body is not supported.'],
  'encoding.unsupported': [415, 'The content encoding of the body is not supported.'],
};

/**
 * The failure that an error means, whoever threw it.
 *
 * @returns undefined for an error that nobody foresaw: its text is for the log alone
 */
export function readFailure(error: unknown): Failure | undefined {
  if (error instanceof Problem) return failureOfProblem(error);
  // Nest wraps what comes from Express, and keeps the original, which says more, as the cause.
  const original = error instanceof HttpException && error.cause instanceof Error ? error.cause : error;
  if (original instanceof Problem) return failureOfProblem(original);
  const foreign = readExpressError(original);
  if (foreign !== undefined) return foreign;
  return error instanceof HttpException ? readHttpException(error) : undefined;
}

function readExpressError(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, status } = error as { type?: unknown; status?: unknown };
  const fault =
    typeof type === 'string' && Object.hasOwn(PARSER_FAULTS, type) ? PARSER_FAULTS[type] : undefined;
  if (fault !== undefined) return failureOfStatus(...fault);
  // The router's, for a path such as /%zz; a URIError without a status is a mistake in our own code.
  if (error instanceof URIError && status === 400) {
    return failureOfStatus(400, 'The address has an invalid percent-encoding.');
  }
  return undefined;
}

function readHttpException(exception: HttpException): Failure {
  const status = exception.getStatus();
  // From 500 up an exception tells of the service rather than of the request.
  if (status >= 500) return failureOfStatus(status);
  const { detail, errors } = readResponse(exception);
  return failureOfStatus(status, detail, errors);
}

/** Nest's validation pipes put a list of `path: message` texts where other exceptions have one sentence. */
function readResponse(exception: HttpException): { detail: string; errors: FieldError[] } {
  const response = exception.getResponse();
  const message = typeof response === 'object' ? (response as { message?: unknown }).message : response;
  if (!Array.isArray(message)) return { detail: exception.message, errors: [] };
  return { detail: 'The request has bad fields.', errors: message.map((text) => toFieldError(String(text))) };
}

function toFieldError(text: string): FieldError {
  const [, field = '', message = text] = /^([\w.[\]$-]+): (.*)$/s.exec(text) ?? [];
  return { field, message };
}
