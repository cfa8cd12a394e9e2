/** A schema of OpenAPI 3.0, as far as examples need one. */
export interface ExampleSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, ExampleSchema>>;
  readonly required?: readonly string[];
  readonly items?: ExampleSchema;
}

/** Fields with what users have put in, which may be any JSON. */
const ANYTHING = new Set(['payload', 'event', 'body']);

/** The schema of answers of which these are examples: what all of them have is in every answer. */
export function schemaOfExamples(examples: readonly unknown[]): ExampleSchema {
  const given = examples.filter((example) => example !== null && example !== undefined);
  const nullable = examples.includes(null) ? { nullable: true } : {};
  const [first] = given;
  if (first === undefined) return nullable;
  if (Array.isArray(first)) return { type: 'array', items: schemaOfExamples(given.flat()), ...nullable };
  if (typeof first !== 'object') return { type: typeOf(first), ...nullable };
  const objects = given as Record<string, unknown>[];
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const properties = names.map((name) => [
    name,
    ANYTHING.has(name) ? {} : schemaOfExamples(objects.map((object) => object[name])),
  ]);
  const required = names.filter((name) => objects.every((object) => name in object));
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    ...nullable,
  };
}

function typeOf(value: unknown): 'string' | 'integer' | 'number' | 'boolean' {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}
