import { z } from 'zod';
import { isJsonPointer } from './json-pointer.js';

const STRATEGIES = ['unique', 'greatest', 'last'] as const;
const DEFAULT_POINTER = '/id';
const MAX_POINTER_LENGTH = 256;

/** Which events of a source are left out, as Pipedream's components do it. */
export interface DedupeRule {
  /**
   * - `unique`: an id that was seen before
   * - `greatest`: an id that is not greater than every one before
   * - `last`: of events that come together, those up to the one whose id was the last; of one alone, the same id
   */
  readonly strategy: (typeof STRATEGIES)[number];
  /** Where in an event its id stands (RFC 6901). */
  readonly pointer: string;
}

export const strategyField = z.enum(STRATEGIES, 'must be "unique", "greatest" or "last"');

export const pointerField = z
  .string()
  .max(MAX_POINTER_LENGTH, `must have at most ${MAX_POINTER_LENGTH} characters`)
  .refine(isJsonPointer, 'must be a JSON pointer, such as /id or /headers/x-github-delivery');

const ruleSettings = z.object({ dedupe: strategyField.optional(), dedupeId: z.string().optional() });

/** The rule in the settings of a source, or undefined when its owner has set none. */
export function dedupeRuleIn(settings: unknown): DedupeRule | undefined {
  const { dedupe, dedupeId = DEFAULT_POINTER } = ruleSettings.parse(settings);
  return dedupe === undefined ? undefined : { strategy: dedupe, pointer: dedupeId };
}
