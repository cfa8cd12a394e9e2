import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type FieldError, Problem } from '#libs/contracts';
import { readJson } from './read-text.js';

/** Bytes of a request that makes or changes something: room for a key with some hundred streams. */
const MAX_FIELDS_BYTES = 64 * 1024;
/** Bad fields that are named in one answer, and characters of a field that the caller made up. */
const MAX_ERRORS = 100;
const MAX_FIELD_LENGTH = 64;

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
