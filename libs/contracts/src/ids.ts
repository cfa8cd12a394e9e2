const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 22 base-62 characters carry 131 bits: an id cannot be guessed, so knowing a public one is the permission to read. */
const ID_CHARACTERS = 22;

export type StreamKind = 'source' | 'workflow';

const PREFIX: Record<StreamKind, string> = { source: 'dc_', workflow: 'p_' };
const STREAM_ID = /^(?:dc|p)_[0-9A-Za-z]{22,40}$/;

/**
 * Random base-62 text from the platform's cryptographic generator, without modulo bias.
 *
 * @param length characters wanted, 1 or more; each carries 5.95 bits
 */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 is the largest multiple of 62 in a byte: what lies above would make the first letters likelier.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

/** A new id for a stream of this kind; a source or workflow and its stream share it. */
export function newStreamId(kind: StreamKind): string {
  return PREFIX[kind] + randomBase62(ID_CHARACTERS);
}

/** Whether the text has the form of a stream id. Says nothing of whether such a stream exists. */
export function isStreamId(text: string): boolean {
  return STREAM_ID.test(text);
}

/** The kind that a stream id names, by its prefix. */
export function kindOfStreamId(id: string): StreamKind {
  return id.startsWith(PREFIX.source) ? 'source' : 'workflow';
}
