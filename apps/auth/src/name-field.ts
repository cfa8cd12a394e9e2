import { z } from 'zod';
import { hasControlCharacter, MAX_NAME_LENGTH } from '#libs/contracts';

/** A name that people give: any text that a list can show. Refused rather than repaired. */
export const nameField = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)
  .refine((name) => !hasControlCharacter(name), 'must not contain control characters')
  .refine((name) => !/[\u2028\u2029]|\p{Cs}/u.test(name), 'must be one line of well-formed Unicode')
  .refine((name) => name.trim() === name, 'must not begin or end with white space');
