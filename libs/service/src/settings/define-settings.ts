import { type SettingProblem, SettingsError } from '../errors.js';
import type { Setting } from './setting.js';

type Fields = Record<string, Setting<unknown>>;

/** The settings object that a declaration makes: one value for each key, not to be changed. */
export type SettingsOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never;
};

/** One row of docs/configuration.md. */
export interface SettingRow {
  readonly env: string;
  /** The form of an accepted value, its unit included. */
  readonly type: string;
  /** As it would be written in the environment; undefined when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  readonly doc: string;
}

export interface SettingsDefinition<F extends Fields> {
  /** The fields, to build a larger definition from several. */
  readonly fields: F;
  /**
   * Reads every setting from the environment. An empty variable counts as unset, as compose files write them.
   *
   * @returns the frozen settings
   * @throws SettingsError with all problems together
   */
  parse(env: NodeJS.ProcessEnv): SettingsOf<F>;
  /** The documentation of each setting, in the order of declaration. */
  describe(): readonly SettingRow[];
}

/** Declares the settings of a service: `defineSettings({ port: setting({ … }), … })`. */
export function defineSettings<F extends Fields>(fields: F): SettingsDefinition<F> {
  refuseSharedVariables(fields);
  return {
    fields,
    parse: (env) => parseFields(fields, env),
    describe: () => Object.values(fields).map(toRow),
  };
}

function parseFields<F extends Fields>(fields: F, env: NodeJS.ProcessEnv): SettingsOf<F> {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const [key, field] of Object.entries(fields)) {
    const text = env[field.env];
    if (text === undefined || text === '') {
      if (field.required) problems.push({ env: field.env, message: 'is required' });
      values[key] = frozen(field.default);
      continue;
    }
    const result = field.schema.safeParse(text);
    if (result.success) values[key] = frozen(result.data);
    else problems.push({ env: field.env, message: faultOf(field, result.error.issues) });
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(values) as SettingsOf<F>;
}

function faultOf(field: Setting<unknown>, issues: readonly { message: string }[]): string {
  // A schema's own message may quote the value it refuses.
  if (field.secret) return `has a value that is not accepted (not shown); expected ${field.type}`;
  return issues.map(({ message }) => message).join(', ');
}

function frozen(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.freeze(value) : value;
}

function toRow(field: Setting<unknown>): SettingRow {
  return {
    env: field.env,
    type: field.unit === undefined ? field.type : `${field.type} (${field.unit})`,
    default: field.secret || field.default === undefined ? undefined : asText(field.default),
    required: field.required,
    secret: field.secret,
    doc: field.doc,
  };
}

function asText(value: unknown): string | undefined {
  const text =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, part]) => (Array.isArray(value) ? part : `${name}=${part}`))
          .join(',')
      : String(value);
  return text === '' ? undefined : text;
}

/** Two keys that read one variable could disagree about it, and its documentation would be there twice. */
function refuseSharedVariables(fields: Fields): void {
  const seen = new Set<string>();
  for (const { env } of Object.values(fields)) {
    if (seen.has(env)) throw new Error(`Two settings read ${env}.`);
    seen.add(env);
  }
}
