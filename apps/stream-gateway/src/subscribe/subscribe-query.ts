import {
  hasControlCharacter,
  MAX_CHANNEL_LENGTH,
  MAX_MERGED_STREAMS,
  Problem,
  REPLAY_EVENTS,
} from '#libs/contracts';
import type { StartRequest } from '../fan-out/index.js';

/** Channels that one connection may name. */
const MAX_CHANNELS = 100;

export interface SubscribeQuery extends StartRequest {
  readonly channels: ReadonlySet<string> | undefined;
}

/**
 * What a subscriber asks for.
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

export interface MergeQuery extends SubscribeQuery {
  /** Ids or names of the streams, 1 to 50, as they were given. */
  readonly streams: readonly string[];
  /** Whether the data is to say which stream it is from. */
  readonly envelope: boolean;
}

/**
 * What a subscriber to several streams asks for.
 *
 * @throws Problem `malformed-request`
 */
export function mergeQuery(parameters: URLSearchParams, lastEventId: string | undefined): MergeQuery {
  const streams = [...new Set(parameters.getAll('stream'))];
  if (streams.length === 0 || streams.length > MAX_MERGED_STREAMS) {
    throw bad('stream', `must be given 1 to ${MAX_MERGED_STREAMS} times`);
  }
  if (streams.includes('')) throw bad('stream', 'must be the id or name of a stream');
  return { ...subscribeQuery(parameters, lastEventId), streams, envelope: envelopeWanted(parameters) };
}

function envelopeWanted(parameters: URLSearchParams): boolean {
  const text = parameters.get('envelope') ?? '0';
  if (text !== '0' && text !== '1') throw bad('envelope', 'must be 0 or 1');
  return text === '1';
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
