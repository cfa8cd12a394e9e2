import { MAX_CHANNEL_LENGTH } from './limits.js';
import { hasControlCharacter } from './names.js';

/** `error` and `open` fire EventSource's own handlers; `runnel.` is the prefix of control events. */
const RESERVED = new Set(['error', 'open']);
const RESERVED_PREFIX = 'runnel.';

/**
 * What is wrong with a channel name, as a sentence for the caller, or undefined when it can be used.
 *
 * A channel becomes an SSE `event:` field and a NATS header, so it is refused, never repaired, when either
 * would change it: line ends and other controls forge fields, white space at the ends is trimmed on the way,
 * and a lone surrogate has no UTF-8 form.
 */
export function channelFault(channel: unknown): string | undefined {
  if (typeof channel !== 'string') return 'must be a string';
  if (channel.length === 0) return 'must not be empty';
  if (channel.length > MAX_CHANNEL_LENGTH) return `must have at most ${MAX_CHANNEL_LENGTH} characters`;
  if (hasControlCharacter(channel)) return 'must not contain control characters';
  if (/[\u2028\u2029]/.test(channel)) return 'must not contain line or paragraph separators';
  if (/\p{Cs}/u.test(channel)) return 'must be well-formed Unicode';
  if (channel.trim() !== channel) return 'must not begin or end with white space';
  if (RESERVED.has(channel)) return `must not be "${channel}", which EventSource reserves`;
  if (channel.startsWith(RESERVED_PREFIX)) return `must not begin with "${RESERVED_PREFIX}"`;
  return undefined;
}
