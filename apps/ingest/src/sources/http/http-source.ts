import { z } from 'zod';
import { randomBase62 } from '#libs/contracts';
import { changed, sourceType } from '../source-type.js';
import { answerFields, answerView } from './http-answer.js';
import { signatureFields, signatureView } from './signature/signature.js';

/** 32 base-62 characters carry 190 bits. Whoever knows them may send, and they tell nothing of the source's id. */
const TOKEN_CHARACTERS = 32;

/** What is kept for a source of this type. */
const httpSettings = z.object({
  endpointToken: z.string(),
  response: answerFields.optional(),
  signature: signatureFields.optional(),
});

export type HttpSettings = z.output<typeof httpSettings>;

/** @throws ZodError for settings that no version of this file has written */
export function readHttpSettings(settings: unknown): HttpSettings {
  return httpSettings.parse(settings);
}

/** A webhook: an address of its own that makes an event of every request. */
export const httpSource = sourceType({
  name: 'http',
  newFields: { response: answerFields.optional(), signature: signatureFields.optional() },
  // null goes back to the default.
  changeFields: {
    response: answerFields.nullable().optional(),
    signature: signatureFields.nullable().optional(),
  },
  settings: ({ response, signature }) => ({
    endpointToken: randomBase62(TOKEN_CHARACTERS),
    response,
    signature,
  }),
  changed(settings, { response, signature }) {
    const current = readHttpSettings(settings);
    return {
      ...settings,
      response: changed(current.response, response),
      signature: changed(current.signature, signature),
    };
  },
  view(settings, base) {
    const { endpointToken, response, signature } = readHttpSettings(settings);
    return {
      endpoint: `${base}/hooks/${endpointToken}`,
      response: answerView(response),
      signature: signature && signatureView(signature),
    };
  },
});
