/** A schema of OpenAPI 3.0, as far as Runnel's answers have one. */
export interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/** Where a value is not as its schema says: missing fields, other types, and fields that it does not know. */
export function faults(schema: Schema, value: unknown, at = '$'): string[] {
  if (value === null) return schema.nullable || schema.type === undefined ? [] : [`${at} is null`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at} is none of the values`];
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${at} is no array`];
    return value.flatMap((item, n) => faults(schema.items ?? {}, item, `${at}[${n}]`));
  }
  if (schema.type !== 'object') return isOfType(schema.type, value) ? [] : [`${at} is no ${schema.type}`];
  if (typeof value !== 'object') return [`${at} is no object`];
  const { properties = {}, required = [] } = schema;
  const missing = required
    .filter((name) => !(name in (value as object)))
    .map((name) => `${at}.${name} is missing`);
  const others = Object.entries(value as object).flatMap(([name, field]) => {
    const known = properties[name];
    return known === undefined ? [`${at}.${name} is not documented`] : faults(known, field, `${at}.${name}`);
  });
  return [...missing, ...others];
}

function isOfType(type: string | undefined, value: unknown): boolean {
  if (type === undefined) return true;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
