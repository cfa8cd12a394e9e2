import type { Position } from '../subscribe/position.js';
import type { Message } from '../subscribe/sse-parser.js';
import { type MessageOptions, streamMessages } from '../subscribe/stream-messages.js';
import { SILENCE_MS, unlessSilent } from '../subscribe/unless-silent.js';
import { type Locks, messagesAmongTabs } from './tabs.js';

const platform = globalThis as unknown as {
  readonly document?: { readonly baseURI: string };
  readonly navigator?: { readonly locks?: Locks };
};

/**
 * The messages of a stream over one connection for all tabs of this origin that ask for the same, where the browser
 * has what that takes: outside pages, and in pages that came over plain http from another machine, each asks alone.
 *
 * @param share a further name: only those with the same one share
 */
export async function* sharedMessages(
  url: string,
  share: string | boolean,
  options: MessageOptions,
  position: Position,
): AsyncGenerator<Message, void, undefined> {
  const locks = platform.navigator?.locks;
  if (share === false || platform.document === undefined || locks === undefined) {
    return yield* streamMessages(url, options, position);
  }
  const first = await firstCredential(options);
  if (options.signal?.aborted) return;
  if (first === undefined) return yield* streamMessages(url, options, position);
  const { channels = [], replay } = options;
  const asked = [new URL(url, platform.document.baseURI).href, [...channels].sort(), replay, share];
  // The number is of what tabs tell each other: those of another version do not understand it.
  const name = `runnel 1 ${JSON.stringify([...asked, first.rights])}`;
  yield* messagesAmongTabs(name, url, { ...options, apiKey: first.next, locks }, position);
}

/** A credential to begin with, which says what its holder gets to see; undefined when there is none to be had. */
async function firstCredential({ apiKey, silenceMs = SILENCE_MS, signal }: MessageOptions) {
  try {
    if (typeof apiKey !== 'function') return { next: apiKey, rights: rightsOf(apiKey) };
    const asked = (async () => apiKey())();
    let first: string | undefined = await unlessSilent(silenceMs, '', asked, signal);
    const rights = rightsOf(first);
    const next = () => {
      const credential = first;
      first = undefined;
      return credential ?? apiKey();
    };
    return { next, rights };
  } catch {
    return undefined;
  }
}

/** What tells apart who sees different things: of a ticket what it opens, of a key its id. */
function rightsOf(credential = ''): unknown {
  const [, claims] = credential.split('.');
  if (claims === undefined) return credential.split('_')[1];
  const { sub, streams, channels } = JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/')));
  return [sub, streams, channels];
}
