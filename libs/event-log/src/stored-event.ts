import type { Msg, MsgHdrs } from '@nats-io/nats-core';

/** Header that carries an event's channel; NATS publishers set it themselves. */
export const CHANNEL_HEADER = 'Runnel-Channel';

/** Header with a digest of what was sent under an idempotency key, so that another body is recognised. */
export const FINGERPRINT_HEADER = 'Runnel-Fingerprint';

/** An event as JetStream keeps it. Nothing is validated here: whoever shows it to subscribers does that. */
export interface StoredEvent {
  /** Sequence in the shard: rises from event to event of a stream, with holes where other streams wrote. */
  readonly seq: number;
  /** Milliseconds since 1970, by the clock of the NATS server that stored it. */
  readonly ts: number;
  readonly channel: string | undefined;
  /** Digest of what was sent under the event's idempotency key, if it had one. */
  readonly fingerprint: string | undefined;
  /** The payload's JSON text in UTF-8. A view on the client's buffer: copy it to keep it. */
  readonly payload: Uint8Array;
}

/** An event as it is republished, with the sequence of the event before it on the same stream. */
export interface LiveEvent extends StoredEvent {
  /** 0 for the first event of a stream. What lies between it and `seq` belongs to other streams. */
  readonly previousSeq: number;
}

/**
 * The headers of a message, or undefined when it has none or they cannot be read: the client throws at a line end in
 * a value, which would end the subscription that the message came over.
 */
export function readHeaders(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}

/** The event in the answer to a direct get, or undefined when the message is none. */
export function storedEvent(message: Msg): StoredEvent | undefined {
  const headers = readHeaders(message);
  if (headers === undefined) return undefined;
  // A publisher may have set the same names; JetStream adds its own last.
  const seq = Number(headers.last('Nats-Sequence'));
  if (!Number.isSafeInteger(seq) || seq < 1) return undefined;
  return {
    seq,
    ts: Date.parse(headers.last('Nats-Time-Stamp')),
    channel: headers.get(CHANNEL_HEADER) || undefined,
    fingerprint: headers.get(FINGERPRINT_HEADER) || undefined,
    payload: message.data,
  };
}

/** The event in a republished message, or undefined when somebody else put the message on the subject. */
export function liveEvent(message: Msg): LiveEvent | undefined {
  const event = storedEvent(message);
  if (event === undefined) return undefined;
  // In a batch reply this header means the previous message of the batch: it proves nothing there.
  const previousSeq = Number(message.headers?.last('Nats-Last-Sequence'));
  if (!Number.isSafeInteger(previousSeq)) return undefined;
  return { ...event, previousSeq, ts: Number.isNaN(event.ts) ? Date.now() : event.ts };
}
