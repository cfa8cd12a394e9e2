import { GAP_EVENT } from '#libs/contracts';
import { childOf } from '../child-of.js';
import type { Position } from '../subscribe/position.js';
import type { Message } from '../subscribe/sse-parser.js';
import { type MessageOptions, streamMessages } from '../subscribe/stream-messages.js';
import type { SubscriptionState } from '../subscribe/subscribe-options.js';
import { onWakeUp } from '../wake-ups.js';

/** Messages that a tab keeps for those that come later: as many as a server replays. */
const KEPT = 100;
/** Messages that may wait for a slow page before it goes on by itself, where it can make the server wait. */
const MAX_WAITING = 1_000;
/** Milliseconds for which a leader may be silent before it is asked whether it lives. */
const QUIET_MS = 20_000;
/** Milliseconds within which it must answer, once or twice that: a page that is frozen does not. */
const ANSWER_MS = 1_500;

/** What tabs tell each other. */
type Note =
  /** Who asks the leader whether it lives, and where it stands. */
  { readonly hello: number; readonly cursor: string } | Told;

/** What a leader tells. */
interface Told {
  /** When its reign began: only the newest leader counts. */
  readonly term: number;
  readonly message?: Message;
  readonly state?: SubscriptionState;
  /** An answer: to whom, where the leader stands, and what was missed, unless nobody knows that. */
  readonly to?: number;
  readonly cursor?: string;
  readonly missed?: readonly Message[] | undefined;
}

/** The part of Web Locks that is used. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    granted: () => Promise<void>,
  ): Promise<void>;
}

/**
 * The messages of a stream in one page among those of its origin that ask for the same: the one that holds the lock
 * has the connection, and tells the others what comes over it.
 *
 * Invariant: a follower takes messages only from the newest leader, and only after that one has told it what it
 * missed; where nobody knows that, it goes on by itself. So each page sees each event once, in order, or a gap.
 *
 * One function rather than a class, since what is local gets short names in the file that pages load.
 *
 * @param name what the pages that share have in common
 */
export async function* messagesAmongTabs(
  name: string,
  url: string,
  options: MessageOptions & { readonly locks: Locks },
  position: Position,
): AsyncGenerator<Message, void, undefined> {
  const { signal, onState = () => {}, locks, replay = KEPT } = options;
  const me = Math.random();
  const channel = new BroadcastChannel(name);
  const membership = childOf(signal);
  const left = membership.signal;
  const waiting: Message[] = [];
  let kept: Message[] = [];
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  let term = 0;
  let joined = false;
  let state: SubscriptionState = { state: 'connecting' };
  /** While this page leads: what ends that. */
  let reign: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const keep = (message: Message) => {
    kept = [...kept.slice(1 - KEPT), message];
    if (waiting.push(message) > MAX_WAITING) membership.abort();
    wake();
  };
  const take = (message: Message) => {
    if (position.moveTo(message)) keep(message);
  };
  const enter = (now: SubscriptionState) => {
    state = now;
    onState(now);
  };
  const tell = (note: Omit<Told, 'term'>) => {
    if (!left.aborted) channel.postMessage({ ...note, term } satisfies Note);
  };
  const wait = (task: () => void, delayMs: number) => {
    clearTimeout(timer);
    if (!reign && !left.aborted) timer = setTimeout(task, delayMs);
  };

  /** Asks the leader whether it lives, and what was missed. Who gets no answer takes over. */
  const ask = () => {
    if (reign || left.aborted) return;
    channel.postMessage({ hello: me, cursor: position.cursor } satisfies Note);
    // Spread, so that not all take over in the same moment.
    wait(() => stand(true), ANSWER_MS * (1 + Math.random()));
  };

  const depose = () => {
    reign?.abort();
    reign = undefined;
    joined = false;
  };

  const missedAfter = (cursor: string) => {
    if (cursor === position.cursor) return [];
    if (cursor === '') {
      const events = kept.filter(({ event }) => event !== GAP_EVENT);
      return events.slice(Math.max(0, events.length - replay));
    }
    const at = kept.findIndex(({ id }) => id === cursor);
    return at < 0 ? undefined : kept.slice(at + 1);
  };

  const hear = (note: Note) => {
    if ('hello' in note) {
      const { hello: to, cursor } = note;
      if (reign) tell({ to, missed: missedAfter(cursor), cursor: position.cursor, state });
      return;
    }
    if (note.term < term) return;
    const answered = note.to === me;
    if (note.term > term) {
      term = note.term;
      depose();
      if (!answered) ask();
    }
    if (answered) {
      if (!note.missed) return membership.abort();
      joined = true;
      note.missed.forEach(take);
      position.cursor ||= note.cursor ?? '';
    }
    if (!joined) return;
    wait(ask, QUIET_MS);
    if (note.message) take(note.message);
    if (note.state) enter(note.state);
  };

  const lead = async () => {
    const own = childOf(left);
    reign = own;
    term = Math.max(Date.now(), term + 1);
    clearTimeout(timer);
    tell({});
    try {
      const messages = streamMessages(
        url,
        {
          ...options,
          signal: own.signal,
          onState: (now) => {
            enter(now);
            // An error of ours is none any more in another page.
            tell({ state: { ...now, error: undefined } as SubscriptionState });
          },
        },
        position,
      );
      for await (const message of messages) {
        tell({ message });
        keep(message);
      }
    } catch (error) {
      failure = { error };
      membership.abort();
    }
    own.abort();
    if (reign === own) depose();
  };

  /** Waits for the lock, or takes it from who holds it. */
  const stand = (steal?: boolean) => {
    locks.request(name, steal ? { steal } : { signal: left }, lead).catch((error: Error) => {
      if (left.aborted) return;
      // Pages without an origin of their own have no locks.
      if (error.name !== 'AbortError') return membership.abort();
      depose();
      ask();
      // Who has taken it by force waits for it as well.
      if (!steal) stand();
    });
  };

  left.addEventListener('abort', () => wake());
  onWakeUp(ask, left);
  channel.onmessage = ({ data }: { data: unknown }) => hear(data as Note);
  try {
    if (!left.aborted) stand();
    ask();
    for (;;) {
      const message = waiting.shift();
      if (message) yield message;
      else if (left.aborted) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    membership.abort();
    clearTimeout(timer);
    channel.close();
  }
  if (failure) throw failure.error;
  // Ends at once where the page has left.
  yield* streamMessages(url, options, position);
}
