import { z } from 'zod';

/** What is said about one setting where it is declared. */
export interface SettingSpec<S extends z.ZodType> {
  /** Name of the environment variable. */
  readonly env: string;
  /** Turns the variable's text into the value. Reads text: the input is never anything else. */
  readonly schema: S;
  /** Value when the variable is unset or empty. Left out: the setting is optional, and undefined when unset. */
  readonly default?: z.output<S>;
  /** No default, and the service does not start without it. */
  readonly required?: boolean;
  /** One or two sentences for docs/configuration.md. */
  readonly doc: string;
  /** The value is never printed, neither in errors nor in the documentation. */
  readonly secret?: boolean;
  /** Unit of a number, such as `ms` or `bytes`. */
  readonly unit?: string;
}

/** A declared setting whose parsed value has type T. */
export interface Setting<T> {
  readonly env: string;
  readonly schema: z.ZodType<T>;
  readonly default: T | undefined;
  readonly required: boolean;
  readonly doc: string;
  readonly secret: boolean;
  readonly unit: string | undefined;
  /** The form of an accepted value, in words. */
  readonly type: string;
  /** Carries the type of the parsed value, undefined included where the setting is optional. Never set. */
  readonly value?: T;
}

type WithValue<S extends z.ZodType> =
  | (SettingSpec<S> & { readonly default: z.output<S> })
  | (SettingSpec<S> & { readonly required: true });

/** Declares one setting. */
export function setting<S extends z.ZodType>(spec: WithValue<S>): Setting<z.output<S>>;
export function setting<S extends z.ZodType>(spec: SettingSpec<S>): Setting<z.output<S> | undefined>;
export function setting<S extends z.ZodType>(spec: SettingSpec<S>): Setting<z.output<S> | undefined> {
  return {
    env: spec.env,
    schema: spec.schema as unknown as z.ZodType<z.output<S> | undefined>,
    default: spec.default,
    required: spec.required ?? false,
    doc: spec.doc,
    secret: spec.secret ?? false,
    unit: spec.unit,
    type: typeInWords(spec.schema),
  };
}

/** What the schema says of itself with `.describe()`, else what can be read from its JSON Schema. */
function typeInWords(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  if (json.enum !== undefined) return `one of ${json.enum.map(String).join(', ')}`;
  const range = [bound('at least', json.minimum), bound('at most', json.maximum)].filter(Boolean);
  return [json.type ?? 'text', ...range].join(', ');
}

function bound(words: string, limit: number | undefined): string | undefined {
  // z.int() states the range of safe integers, which tells a reader nothing.
  if (limit === undefined || !Number.isSafeInteger(limit)) return undefined;
  return Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : `${words} ${limit}`;
}
