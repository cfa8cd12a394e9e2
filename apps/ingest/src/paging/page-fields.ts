import { z } from 'zod';

/** Entries of a page for which no number was given. */
export const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/**
 * The parameters of a query that asks for a page, all of them optional.
 *
 * @param cursor what stands for a place: of each kind of list its own
 */
export function pageFields(cursor: z.ZodType<string, string>) {
  return {
    limit: z
      .string()
      .refine(
        (text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT,
        `must be 1 to ${MAX_LIMIT}`,
      )
      .transform(Number)
      .optional(),
    before: cursor.optional(),
    after: cursor.optional(),
  };
}

interface Sides {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** An object with {@link pageFields}, refused where it has both cursors: a page lies on one side of a place. */
export function onOneSide<Query extends z.ZodType<Sides>>(query: Query): Query {
  return query.refine(({ before, after }) => before === undefined || after === undefined, {
    error: 'cannot be given together with after',
    path: ['before'],
  });
}
