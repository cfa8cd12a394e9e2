import {
  channelFault,
  decodeUtf8,
  escapeLineEnds,
  MAX_PAYLOAD_BYTES,
  MAX_PAYLOAD_DEPTH,
  Problem,
  parseJson,
  type StreamKind,
} from '#libs/contracts';
import type { NewEvent, PublishMessage } from '#libs/event-log';
import { digest, keyFault } from '../publish/new-events.js';

type Unchecked = Pick<PublishMessage, 'channel' | 'id' | 'payload' | 'headerFault'>;

/**
 * The event that a message from NATS is, checked by the rules of HTTP. Its JSON is kept as it was written.
 *
 * @throws Problem `malformed-request` or `too-large`
 */
export function checkedEvent(kind: StreamKind, { channel, id, payload, headerFault }: Unchecked): NewEvent {
  if (headerFault !== undefined) throw new Problem('malformed-request', headerFault);
  if (payload.length > MAX_PAYLOAD_BYTES) {
    const limit = `must have at most ${MAX_PAYLOAD_BYTES} bytes, and has ${payload.length}`;
    throw new Problem('too-large', `The payload ${limit}.`);
  }
  const fault = channel === undefined ? missingChannel(kind) : channelFault(channel);
  if (fault !== undefined) throw refused(`The header Runnel-Channel ${fault}`);
  const badId = id === undefined ? undefined : keyFault(id);
  if (badId !== undefined) throw refused(`The header Nats-Msg-Id ${badId}`);
  const text = decodeUtf8(payload);
  if (text === undefined) throw refused('The payload must be UTF-8');
  parseJson(text, MAX_PAYLOAD_DEPTH);
  if (text.startsWith('\uFEFF')) throw refused('The payload must not begin with a byte order mark');
  const escaped = escapeLineEnds(text);
  const event = { channel, payload: escaped === text ? payload : Buffer.from(escaped) };
  // The same scope as an event's "id" over HTTP: whichever way it comes, it is stored once.
  return id === undefined
    ? event
    : { ...event, dedupe: { key: `event ${id}`, fingerprint: digest([channel ?? '', text]) } };
}

function missingChannel(kind: StreamKind): string | undefined {
  return kind === 'workflow' ? 'is required' : undefined;
}

function refused(sentence: string): Problem {
  return new Problem('malformed-request', `${sentence}.`);
}
