import { type Problem, parseCursor } from '#libs/contracts';
import type { PublishAnswer, StoredId } from '#libs/event-log';

/** What JetStream answers to a stored message, with the event's id besides. */
export function storedAnswer(stream: string, { id, duplicate }: StoredId): PublishAnswer {
  const seq = parseCursor(id)?.seq ?? 0;
  return duplicate ? { stream, seq, duplicate, id } : { stream, seq, id };
}

/** What JetStream answers to a refused message; the codes are those of HTTP. */
export function refusedAnswer({ status, message }: Problem): PublishAnswer {
  return { error: { code: status, err_code: status, description: message } };
}
