import type { Msg } from '@nats-io/nats-core';
import { Problem } from '#libs/contracts';

/** JetStream's answer to a stored message. */
export interface PublishAck {
  readonly seq: number;
  /** Whether the same message id was stored before, in which case `seq` is that message's. */
  readonly duplicate: boolean;
}

const MESSAGE_TOO_LARGE = 10054;

/** Reads the answer to a publish; what JetStream refused comes back as a Problem, since its outcome is known. */
export function ackOf(message: Msg): PublishAck | Problem {
  if (message.headers?.code === 503) {
    // No stream listens on the subject: during a leader election, or before the system is set up.
    return new Problem('unavailable', 'The event log has no leader at the moment.');
  }
  const answer = parse(message);
  if (answer?.error !== undefined) {
    const { err_code: code, description } = answer.error;
    const cause = new Error(`JetStream ${code}: ${description}`);
    if (code === MESSAGE_TOO_LARGE) {
      return new Problem('too-large', 'The event is larger than the event log takes.', { cause });
    }
    return new Problem('unavailable', 'The event log cannot store events at the moment.', { cause });
  }
  if (answer === undefined || !Number.isSafeInteger(answer.seq)) {
    return new Problem('outcome-unknown', 'The message system gave an answer that cannot be read.');
  }
  return { seq: answer.seq as number, duplicate: answer.duplicate === true };
}

interface JetStreamAnswer {
  seq?: number;
  duplicate?: boolean;
  error?: { err_code?: number; description?: string };
}

function parse(message: Msg): JetStreamAnswer | undefined {
  try {
    return message.json<JetStreamAnswer>();
  } catch {
    return undefined;
  }
}
