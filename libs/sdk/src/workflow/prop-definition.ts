/** A prop as a component declares it, or its type alone. Labels, options and the like have no meaning here. */
export type PropDefinition = string | DetailedProp;

interface DetailedProp {
  readonly type?: string;
  readonly optional?: boolean;
  /** The value where none is given. */
  readonly default?: unknown;
  readonly [detail: string]: unknown;
}

export type PropDefinitions = Readonly<Record<string, PropDefinition>>;

interface ValueTypes {
  string: string;
  integer: number;
  boolean: boolean;
  object: Record<string, unknown>;
  any: unknown;
}

type ValueOfType<Type> = Type extends `${infer Item}[]`
  ? ValueOfType<Item>[]
  : Type extends keyof ValueTypes
    ? ValueTypes[Type]
    : unknown;

type ValueOf<Definition> = Definition extends { type: infer Type; optional: true }
  ? ValueOfType<Type> | undefined
  : ValueOfType<Definition extends { type: infer Type } ? Type : Definition>;

/** What `this` has of a component's props. */
export type PropValues<Props> = { readonly [Name in keyof Props]: ValueOf<Props[Name]> };

/** Says of a value whether it is of the type, by the type's name. */
const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  any: () => true,
};

const ARTICLES: Readonly<Record<string, string>> = { integer: 'an', object: 'an' };

/**
 * The type of a prop that takes a value.
 *
 * @returns undefined for the kinds that stand for a service of Pipedream, such as apps, databases and timers
 */
export function typeOfProp(definition: PropDefinition): string | undefined {
  const type = typeof definition === 'string' ? definition : definition.type;
  return type !== undefined && Object.hasOwn(CHECKS, itemType(type)) ? type : undefined;
}

/** What is wrong with a value for a prop of this type, as the end of a sentence, or undefined. */
export function propValueFault(type: string, value: unknown): string | undefined {
  const item = itemType(type);
  const isItem = CHECKS[item] ?? (() => false);
  if (item === type) return isItem(value) ? undefined : `must be ${ARTICLES[type] ?? 'a'} ${type}`;
  return Array.isArray(value) && value.every(isItem) ? undefined : `must be an array of type ${type}`;
}

function itemType(type: string): string {
  return type.endsWith('[]') ? type.slice(0, -2) : type;
}
