import { z } from 'zod';
import { channelFault, parseCursor } from '#libs/contracts';
import type { PageQuery } from '#libs/event-log';
import { checkFields } from '#libs/service';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

const cursor = z.string().refine((text) => parseCursor(text) !== undefined, 'must be the id of an event');

const query = z
  .strictObject({
    limit: z
      .string()
      .refine(
        (text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT,
        `must be 1 to ${MAX_LIMIT}`,
      )
      .optional(),
    before: cursor.optional(),
    after: cursor.optional(),
    channel: z
      .string()
      .refine((text) => channelFault(text) === undefined, 'must be a channel')
      .optional(),
    expand: z.literal('event', 'must be "event"').optional(),
  })
  .refine(({ before, after }) => before === undefined || after === undefined, {
    error: 'cannot be given together with after',
    path: ['before'],
  });

/** Reads the query of a request for history. @throws Problem `malformed-request` naming each bad parameter */
export function historyQuery(parameters: unknown): PageQuery {
  const { limit, before, after, channel } = checkFields(parameters, query);
  return { limit: Number(limit ?? DEFAULT_LIMIT), beforeSeq: seqOf(before), afterSeq: seqOf(after), channel };
}

function seqOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseCursor(text);
  if (parsed === undefined) return undefined;
  return parsed.side === 'after' ? parsed.seq : parsed.seq - 1;
}
