import { z } from 'zod';
import { ANY_STREAM, SCOPES } from '#libs/access';
import { isStreamId } from '#libs/contracts';
import { nameField } from '../name-field.js';

/** Streams that one key can name; a key for more of them is a key for all. */
const MAX_STREAMS = 500;

const streamField = z
  .string()
  .refine((text) => text === ANY_STREAM || isStreamId(text), `must be a stream id or "${ANY_STREAM}"`);

const timeField = z.iso
  .datetime({ offset: true, error: 'must be a time in ISO 8601, such as 2030-01-31T12:00:00Z' })
  .transform((text) => Date.parse(text))
  .refine((time) => time > Date.now(), 'must be in the future');

/** Body of `POST /v1/keys`. */
export const keyFields = z
  .strictObject({
    name: nameField,
    scopes: z
      .array(z.enum(SCOPES))
      .min(1, 'must have at least one scope')
      .max(SCOPES.length, 'must not repeat'),
    /** Left out: those of the key that asks. */
    streams: z
      .array(streamField)
      .min(1, 'must have at least one stream')
      .max(MAX_STREAMS, `must have at most ${MAX_STREAMS} streams`)
      .optional(),
    /** Left out: when the key that asks expires; null: never. */
    expires_at: timeField.nullish(),
  })
  .transform(({ name, scopes, streams, expires_at }) => ({
    name,
    scopes: [...new Set(scopes)],
    streams: streams?.includes(ANY_STREAM) ? [ANY_STREAM] : streams && [...new Set(streams)],
    expiresAt: expires_at,
  }));

export type KeyFields = z.output<typeof keyFields>;
