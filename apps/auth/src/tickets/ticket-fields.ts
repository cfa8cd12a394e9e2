import { z } from 'zod';
import { channelFault, isName, isStreamId } from '#libs/contracts';

/** Seconds of the longest life of a ticket. */
export const MAX_TICKET_S = 3_600;
const DEFAULT_TICKET_S = 60;
/** Streams that one connection can have, and so one ticket. */
const MAX_STREAMS = 50;
const MAX_CHANNELS = 50;

const streamField = z
  .string()
  .refine((text) => isStreamId(text) || isName(text), 'must be the id or the name of a stream');

const channelField = z.string().check((context) => {
  const message = channelFault(context.value);
  if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
});

/** Body of `POST /v1/tickets`. */
export const ticketFields = z
  .strictObject({
    streams: z
      .array(streamField)
      .min(1, 'must have at least one stream')
      .max(MAX_STREAMS, `must have at most ${MAX_STREAMS} streams`),
    /** Left out: all channels. */
    channels: z
      .array(channelField)
      .min(1, 'must have at least one channel')
      .max(MAX_CHANNELS, `must have at most ${MAX_CHANNELS} channels`)
      .optional(),
    ttl_s: z
      .int('must be a whole number of seconds')
      .min(1, 'must be at least 1')
      .max(MAX_TICKET_S, `must be at most ${MAX_TICKET_S}`)
      .default(DEFAULT_TICKET_S),
    /** Whether the answer also sets the cookie that a browser then sends by itself. */
    cookie: z.boolean().default(false),
  })
  .transform(({ streams, channels, ttl_s, cookie }) => ({
    streams: [...new Set(streams)],
    channels: channels && [...new Set(channels)],
    ttlS: ttl_s,
    cookie,
  }));

export type TicketFields = z.output<typeof ticketFields>;
