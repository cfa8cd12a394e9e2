import { ApiBody, type ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';

type ApiBodySchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/**
 * Describes the body of a handler in the OpenAPI document, since no parameter of the handler does.
 *
 * @param example a body that is accepted
 */
export function ApiFields(schema: z.ZodType, example: z.input<z.ZodType>): MethodDecorator {
  const { $schema, ...described } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return ApiBody({ schema: { ...described, example } as ApiBodySchema });
}
