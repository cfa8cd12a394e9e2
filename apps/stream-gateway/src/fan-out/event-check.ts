import { channelFault, MAX_PAYLOAD_BYTES, type StreamKind } from '#libs/contracts';
import type { StoredEvent } from '#libs/event-log';

/** Why an event on a stream's subject is not delivered; the label of a metric. */
export type EventFault = 'headers' | 'channel' | 'payload' | 'size';

/**
 * Bytes of a source's event. A webhook's body of 512 KiB is in its event twice, as text and as a value, and the
 * text's quotes are escaped.
 */
const MAX_SOURCE_EVENT_BYTES = 4 * 1024 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What is wrong with a stored event, or undefined. Whoever publishes through NATS is checked by nobody before:
 * what breaks the rules is skipped here, once for all subscribers, and never harms them.
 */
export function eventFault(kind: StreamKind, event: StoredEvent): EventFault | undefined {
  const { channel, payload } = event;
  if (event.unreadable) return 'headers';
  if (payload.length > (kind === 'source' ? MAX_SOURCE_EVENT_BYTES : MAX_PAYLOAD_BYTES)) return 'size';
  if (channel === undefined ? kind === 'workflow' : channelFault(channel) !== undefined) return 'channel';
  return isJson(payload) ? undefined : 'payload';
}

function isJson(payload: Uint8Array): boolean {
  try {
    JSON.parse(decoder.decode(payload));
    return true;
  } catch {
    return false;
  }
}
