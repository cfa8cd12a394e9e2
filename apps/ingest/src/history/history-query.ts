import { z } from 'zod';
import { channelFault, parseCursor } from '#libs/contracts';
import type { PageQuery } from '#libs/event-log';
import { checkFields } from '#libs/service';
import { DEFAULT_LIMIT, onOneSide, pageFields } from '../paging/page-fields.js';

const cursor = z.string().refine((text) => parseCursor(text) !== undefined, 'must be the id of an event');

const query = onOneSide(
  z.strictObject({
    ...pageFields(cursor),
    channel: z
      .string()
      .refine((text) => channelFault(text) === undefined, 'must be a channel')
      .optional(),
    expand: z.literal('event', 'must be "event"').optional(),
  }),
);

/** Reads the query of a request for history. @throws Problem `malformed-request` naming each bad parameter */
export function historyQuery(parameters: unknown): PageQuery {
  const { limit = DEFAULT_LIMIT, before, after, channel } = checkFields(parameters, query);
  return { limit, beforeSeq: seqOf(before), afterSeq: seqOf(after), channel };
}

function seqOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseCursor(text);
  if (parsed === undefined) return undefined;
  return parsed.side === 'after' ? parsed.seq : parsed.seq - 1;
}
