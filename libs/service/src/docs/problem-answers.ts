import { PROBLEMS, type ProblemCode } from '#libs/contracts';

interface Operation {
  readonly parameters?: readonly { readonly in?: string }[];
  readonly requestBody?: unknown;
  readonly security?: readonly unknown[];
  responses: Record<string, unknown>;
}

interface Document {
  readonly paths: Record<string, object>;
  components?: object;
}

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Headers that go with a status. */
const HEADERS: Readonly<Record<number, readonly [string, string]>> = {
  401: ['WWW-Authenticate', 'The scheme of credentials: Bearer'],
  405: ['Allow', 'The methods that there are'],
  429: ['Retry-After', 'Seconds after which to try again'],
  503: ['Retry-After', 'Seconds after which to try again'],
};

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'A refusal or failure (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: { type: 'string', enum: CODES.map((code) => `urn:runnel:problem:${code}`) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do about it.' },
    instance: { type: 'string', description: 'The request id, also in X-Request-Id and the log.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: {
          field: { type: 'string' },
          message: { type: 'string' },
          index: { type: 'integer', description: 'Place of the event in a batch, from 0.' },
        },
      },
    },
  },
};

/**
 * The document with every problem there is, and in each call those that calls of its kind can have, beside those
 * whose status the call itself names.
 */
export function withProblems<T extends Document>(document: T): T {
  const statuses = [...new Set(CODES.map((code) => PROBLEMS[code].status))];
  const responses = Object.fromEntries(statuses.map((status) => [String(status), problemResponse(status)]));
  const components = document.components as { schemas?: object } | undefined;
  document.components = {
    ...components,
    schemas: { ...components?.schemas, Problem: PROBLEM_SCHEMA },
    responses,
  };
  // What may follow the address of a webhook is described with the address.
  for (const path of Object.keys(document.paths)) if (path.endsWith('/{rest}')) delete document.paths[path];
  for (const [path, calls] of Object.entries(document.paths)) {
    const kept = Object.entries(calls).filter(([method]) => isDescribed(method, calls));
    document.paths[path] = Object.fromEntries(kept);
    for (const [, call] of kept) addProblems(path, call as Operation);
  }
  return document;
}

/** HEAD answers the headers of GET; of an address that takes every method, POST stands for all. */
function isDescribed(method: string, calls: object): boolean {
  return 'search' in calls ? method === 'post' : method !== 'head';
}

function addProblems(path: string, call: Operation): void {
  const named = Object.keys(call.responses).map(Number);
  const usual = [
    ...(call.requestBody === undefined ? [] : [400, 413, 415]),
    ...(call.parameters?.some((parameter) => parameter.in === 'query') ? [400] : []),
    ...(call.security === undefined ? [] : [401, 403]),
    ...(path.includes('{') ? [404] : []),
    429,
    503,
  ];
  const statuses = [...new Set([...named, ...usual])].sort((a, b) => a - b);
  call.responses = Object.fromEntries(
    statuses.map((status) => [
      status,
      status < 400 ? call.responses[status] : { $ref: `#/components/responses/${status}` },
    ]),
  );
}

function problemResponse(status: number) {
  const codes = CODES.filter((code) => PROBLEMS[code].status === status);
  const header = HEADERS[status];
  return {
    description: codes.map((code) => PROBLEMS[code].title).join('. Or: '),
    ...(header && { headers: { [header[0]]: { description: header[1], schema: { type: 'string' } } } }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

function exampleOf(code: ProblemCode) {
  const { status, title } = PROBLEMS[code];
  const problem = {
    type: `urn:runnel:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    instance: 'gyyqq6W3-17',
  };
  if (code !== 'malformed-request') return problem;
  return { ...problem, errors: [{ field: 'events[3].channel', message: 'is required', index: 3 }] };
}
