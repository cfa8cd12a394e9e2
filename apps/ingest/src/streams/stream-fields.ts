import { z } from 'zod';
import { MAX_NAME_LENGTH, toName } from '#libs/contracts';

/** What a person calls it; it becomes a slug. */
export const nameField = z
  .string()
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .refine((name) => toName(name) !== undefined, 'must hold a letter or digit, and no control characters');

export const visibilityField = z.enum(['public', 'private'], 'must be "public" or "private"');
