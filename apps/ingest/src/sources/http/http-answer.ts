import { z } from 'zod';

const DEFAULT_STATUS = 200;
const DEFAULT_BODY = { status: 'ok' };

/** Statuses whose answers have no body (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5). */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** How a source answers its senders: what is left out is as in the default, `200 {"status":"ok"}`. */
export const answerFields = z.strictObject({
  status: z
    .int('must be a whole number')
    .min(200, 'must be from 200 to 599')
    .max(599, 'must be from 200 to 599')
    .optional(),
  /** A text is sent as it is, anything else as JSON. */
  body: z.unknown().optional(),
});

export type AnswerFields = z.output<typeof answerFields>;

/** The answer to a sender whose event was stored. */
export interface HookAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Undefined when the status allows none. */
  readonly text: string | undefined;
}

export function answerOf({ status = DEFAULT_STATUS, body = DEFAULT_BODY }: AnswerFields = {}): HookAnswer {
  if (WITHOUT_BODY.has(status)) return { status, contentType: '', text: undefined };
  return typeof body === 'string'
    ? { status, contentType: 'text/plain; charset=utf-8', text: body }
    : { status, contentType: 'application/json; charset=utf-8', text: JSON.stringify(body) };
}

/** The answer as the API shows it. */
export function answerView({ status = DEFAULT_STATUS, body = DEFAULT_BODY }: AnswerFields = {}) {
  return WITHOUT_BODY.has(status) ? { status } : { status, body };
}
