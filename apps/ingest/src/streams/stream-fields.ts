import { z } from 'zod';
import { MAX_HISTORY_AGE_S, MAX_HISTORY_EVENTS, MAX_NAME_LENGTH, toName } from '#libs/contracts';

/** What a person calls it; it becomes a slug. */
export const nameField = z
  .string()
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .refine((name) => toName(name) !== undefined, 'must hold a letter or digit, and no control characters');

export const visibilityField = z.enum(['public', 'private'], 'must be "public" or "private"');

/** A whole number from 1 on. */
function upTo(most: number) {
  const message = `must be a whole number from 1 to ${most}`;
  return z.int(message).min(1, message).max(most, message);
}

/** How much of a stream is kept; what is left out stays. */
export const historyField = z.strictObject({
  max_events: upTo(MAX_HISTORY_EVENTS).optional(),
  max_age_s: upTo(MAX_HISTORY_AGE_S).nullable().optional(),
});
