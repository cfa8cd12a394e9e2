import type { IncomingMessage } from 'node:http';
import { ApiBody } from '@nestjs/swagger';
import { z } from 'zod';
import { type FieldError, MAX_NAME_LENGTH, Problem, toName } from '#libs/contracts';
import { readJson } from '#libs/service';

/** Bytes of a request that makes or changes something. */
const MAX_FIELDS_BYTES = 64 * 1024;
/** Bad fields that are named in one answer, and characters of a field that the caller made up. */
const MAX_ERRORS = 100;
const MAX_FIELD_LENGTH = 64;

/** What a person calls it; it becomes a slug. */
export const nameField = z
  .string()
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .refine((name) => toName(name) !== undefined, 'must hold a letter or digit, and no control characters');

export const visibilityField = z.enum(['public', 'private'], 'must be "public" or "private"');

/**
 * The fields in the JSON body of a request.
 *
 * @throws Problem `malformed-request` naming each bad or unknown field; otherwise as {@link readJson} does
 */
export async function readFields<T extends z.ZodType>(
  request: IncomingMessage,
  schema: T,
): Promise<z.output<T>> {
  return checkFields(await readJson(request, { limitBytes: MAX_FIELDS_BYTES }), schema);
}

/** @throws Problem `malformed-request` naming each bad or unknown field */
export function checkFields<T extends z.ZodType>(value: unknown, schema: T): z.output<T> {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const errors = checked.error.issues.flatMap(fieldErrors).slice(0, MAX_ERRORS);
  throw new Problem('malformed-request', 'The request has bad fields.', { errors });
}

/** Describes the body of a handler in the OpenAPI document, since no parameter of the handler does. */
export function DocumentedFields(schema: z.ZodType): MethodDecorator {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' });
  return ApiBody({ schema: described as object });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldAt([...issue.path, key.slice(0, MAX_FIELD_LENGTH)]),
      message: 'is not a field of this request',
    }));
  }
  return [{ field: fieldAt(issue.path) || 'body', message: messageOf(issue) }];
}

function messageOf({ code, message }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return message;
  const [, expected = '', received = ''] = /expected (\w+), received (\w+)/.exec(message) ?? [];
  if (received === 'undefined') return 'is required';
  return expected === '' ? message : `must be ${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}`;
}

/** `response.status`, `items[3].name`. */
function fieldAt(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
