import { hasControlCharacter, MAX_CHANNEL_LENGTH, Problem, REPLAY_EVENTS } from '#libs/contracts';
import type { StartRequest } from '../fan-out/index.js';

/** Channels that one connection may name. */
const MAX_CHANNELS = 100;

export interface SubscribeQuery extends StartRequest {
  readonly channels: ReadonlySet<string> | undefined;
}

/**
 * What a subscriber asks for (SPEC section 3).
 *
 * A cursor is taken as it is, since even a bad one is answered in the stream; the header goes before the query
 * parameter, because a browser that reconnects repeats the address but has a newer cursor.
 *
 * @param parameters the query string's parameters
 * @throws Problem `malformed-request` for what no EventSource sends by itself
 */
export function subscribeQuery(parameters: URLSearchParams, lastEventId: string | undefined): SubscribeQuery {
  const cursor = lastEventId || parameters.get('last_event_id') || undefined;
  return { cursor, replay: replayCount(parameters.get('replay')), channels: channelFilter(parameters) };
}

function replayCount(text: string | null): number | undefined {
  if (text === null) return undefined;
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count <= REPLAY_EVENTS) return count;
  throw bad('replay', `must be a whole number from 0 to ${REPLAY_EVENTS}`);
}

function channelFilter(parameters: URLSearchParams): ReadonlySet<string> | undefined {
  const channels = new Set(parameters.getAll('channel'));
  if (channels.size === 0) return undefined;
  if (channels.size > MAX_CHANNELS) throw bad('channel', `may be given ${MAX_CHANNELS} times at the most`);
  for (const channel of channels) {
    if (channel === '' || channel.length > MAX_CHANNEL_LENGTH || hasControlCharacter(channel)) {
      throw bad('channel', `must have 1 to ${MAX_CHANNEL_LENGTH} characters and no control characters`);
    }
  }
  return channels;
}

function bad(field: string, message: string): Problem {
  return new Problem('malformed-request', 'The query cannot be understood.', {
    errors: [{ field, message }],
  });
}
