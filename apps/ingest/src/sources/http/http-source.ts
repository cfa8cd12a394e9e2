import { z } from 'zod';
import { channelFault, randomBase62 } from '#libs/contracts';
import { sourceType } from '../source-type.js';
import { answerFields, answerView } from './http-answer.js';

/** 32 base-62 characters carry 190 bits. Whoever knows them may send, and they tell nothing of the source's id. */
const TOKEN_CHARACTERS = 32;

const channelField = z.string().superRefine((channel, context) => {
  const message = channelFault(channel);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** What is kept for a source of this type. */
const httpSettings = z.object({
  endpointToken: z.string(),
  channel: z.string().optional(),
  response: answerFields.optional(),
});

export type HttpSettings = z.output<typeof httpSettings>;

/** @throws ZodError for settings that no version of this file has written */
export function readHttpSettings(settings: unknown): HttpSettings {
  return httpSettings.parse(settings);
}

/** A webhook: an address of its own that makes an event of every request (SPEC section 5). */
export const httpSource = sourceType({
  name: 'http',
  newFields: { channel: channelField.optional(), response: answerFields.optional() },
  // null goes back to the default.
  changeFields: {
    channel: channelField.nullable().optional(),
    response: answerFields.nullable().optional(),
  },
  settings: ({ channel, response }) => ({
    endpointToken: randomBase62(TOKEN_CHARACTERS),
    channel,
    response,
  }),
  changed(settings, { channel, response }) {
    const current = readHttpSettings(settings);
    return {
      ...settings,
      channel: channel === undefined ? current.channel : (channel ?? undefined),
      response: response === undefined ? current.response : (response ?? undefined),
    };
  },
  view(settings, base) {
    const { endpointToken, channel, response } = readHttpSettings(settings);
    return { endpoint: `${base}/hooks/${endpointToken}`, channel, response: answerView(response) };
  },
});
