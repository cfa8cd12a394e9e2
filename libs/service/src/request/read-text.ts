import type { IncomingMessage } from 'node:http';
import { decodeUtf8, mediaType, Problem, parseJson } from '#libs/contracts';
import { type BodyLimits, discardRest, readBody } from './read-body.js';

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)$/;

export interface TextOptions extends BodyLimits {
  /** Whether a media type, without its parameters and in lower case, is welcome. */
  readonly accepts: (type: string) => boolean;
  /** The media types that are welcome, for the answer to others: `a/b or c/d`. */
  readonly accepted: string;
}

/**
 * The text in the body of a request, and the media type that it was declared as.
 *
 * @throws Problem as {@link readBody} does, `unsupported-media-type` for another type or charset than UTF-8,
 *   `malformed-request` for bytes that are not UTF-8
 */
export async function readText(
  request: IncomingMessage,
  { accepts, accepted, limitBytes }: TextOptions,
): Promise<{ type: string; text: string }> {
  const { type, charset } = mediaType(request.headers['content-type']);
  if (!accepts(type) || !(charset === 'utf-8' || charset === 'utf8')) {
    discardRest(request);
    throw new Problem('unsupported-media-type', `The Content-Type must be ${accepted} in UTF-8.`);
  }
  const text = decodeUtf8(await readBody(request, { limitBytes }));
  if (text === undefined) throw new Problem('malformed-request', 'The body is not valid UTF-8.');
  return { type, text };
}

/**
 * The JSON value in the body of a request.
 *
 * @throws Problem as {@link readText} does, `malformed-request` as `parseJson` does
 */
export async function readJson(request: IncomingMessage, { limitBytes }: BodyLimits): Promise<unknown> {
  const accepts = (type: string) => JSON_TYPE.test(type);
  const { text } = await readText(request, { accepts, accepted: 'application/json', limitBytes });
  return parseJson(text);
}
