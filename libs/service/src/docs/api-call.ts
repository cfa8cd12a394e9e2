import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '#libs/contracts';
import { schemaOfExamples } from './example-schema.js';

export interface CallDescription {
  /** What it does, in one line. */
  readonly summary: string;
  /** More of it. Left out: the line is enough. */
  readonly description?: string;
  /** Query parameters, with what each does; the name of one that may be repeated ends in `[]`. Left out: none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Request headers, with what each does. Left out: none of its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: 200, and 204 where nothing is answered. */
  readonly status?: number;
  /** An example of the answer, of which its schema is made too. A text is an event stream. Left out: no body. */
  readonly answer?: unknown;
  /** Answers of other forms, for the schema. Left out: all have the same fields. */
  readonly others?: readonly unknown[];
  /** What it can be refused for besides what every call of its kind can. Left out: nothing. */
  readonly problems?: readonly ProblemCode[];
}

/** Describes a call in the OpenAPI document. Its body is described by `ApiFields`, its usual problems by `setupDocs`. */
export function ApiCall(call: CallDescription): MethodDecorator {
  const { summary, description = '', query = {}, headers = {}, problems = [] } = call;
  const { answer, others = [], status = answer === undefined ? 204 : 200 } = call;
  const content = typeof answer === 'string' ? eventStream(answer) : json(answer, others);
  return applyDecorators(
    ApiOperation({ summary, description }),
    ...Object.entries(query).map(([name, text]) => queryParameter(name, text)),
    ...Object.entries(headers).map(([name, text]) => ApiHeader({ name, description: text })),
    ApiResponse({ status, description: summary, ...(answer !== undefined && { content }) }),
    ...problems.map((code) => ApiResponse({ status: PROBLEMS[code].status })),
  );
}

function queryParameter(parameter: string, description: string): MethodDecorator {
  const name = parameter.replace('[]', '');
  return ApiQuery({ name, description, type: String, required: false, isArray: name !== parameter });
}

function eventStream(example: string) {
  return { 'text/event-stream': { schema: { type: 'string' }, example } };
}

function json(example: unknown, others: readonly unknown[]) {
  const schema = schemaOfExamples([example, ...others]);
  return { 'application/json': { schema: schema as Record<string, unknown>, example } };
}
