import { z } from 'zod';

const MAX_SECRET_LENGTH = 1_024;

/** A secret that is shared with the sender. Kept for as long as the source is, and never shown again. */
export const secretField = z
  .string()
  .min(1, 'must not be empty')
  .max(MAX_SECRET_LENGTH, `must have at most ${MAX_SECRET_LENGTH} characters`);
