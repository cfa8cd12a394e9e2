import type { IncomingMessage } from 'node:http';
import { ApiBody, type ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { type FieldError, hasControlCharacter, MAX_NAME_LENGTH, Problem } from '#libs/contracts';
import { readJson } from '#libs/service';

type ApiBodySchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** Room for a key with some hundred streams. */
const MAX_BODY_BYTES = 64 * 1024;

/** A name that people give: any text that a list can show. Refused rather than repaired (SPEC section 7). */
export const nameField = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .refine((name) => !hasControlCharacter(name), 'must not contain control characters')
  .refine((name) => !/[\u2028\u2029]|\p{Cs}/u.test(name), 'must be one line of well-formed Unicode')
  .refine((name) => name.trim() === name, 'must not begin or end with white space');

/**
 * The fields in the JSON body of a request.
 *
 * @throws Problem `unsupported-media-type`, `too-large`, or `malformed-request` that names every bad field
 */
export async function readFields<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(await readJson(request, { limitBytes: MAX_BODY_BYTES }));
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrors);
  throw new Problem('malformed-request', 'The request has bad fields.', { errors });
}

/** Describes the fields in `/docs`. */
export function ApiFields(schema: z.ZodType): MethodDecorator {
  const { $schema, ...described } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return ApiBody({ schema: described as ApiBodySchema });
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: pathOf([...issue.path, key]),
      message: 'is not a known field',
    }));
  }
  return [{ field: pathOf(issue.path), message: issue.message }];
}

/** `streams[3]`; empty for the body itself. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
