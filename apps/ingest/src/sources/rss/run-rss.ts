import { Problem, REPLAY_EVENTS } from '#libs/contracts';
import { pause } from '#libs/timing';
import { SourceFailure } from '../reports/source-failure.js';
import type { SourceRun } from '../running/source-run.js';
import { type FeedLease, FeedPlace, type FeedState } from './feed-state.js';
import { addressRule } from './fetch/feed-address.js';
import { fetchFeed } from './fetch/fetch-feed.js';
import { itemEvent } from './item-event.js';
import { feedItems } from './parse/feed-items.js';
import { feedText } from './parse/feed-text.js';
import { parseFeed } from './parse/parse-thread.js';

/** Replicas that wait for the same moment look a little apart, so that most find the feed taken. */
const SPREAD_MS = 500;
/** Milliseconds before a feed is looked at again whose items could not be stored. */
const RETRY_MS = 1_000;

export interface RssSettings {
  readonly url: string;
  readonly intervalSeconds: number;
}

/**
 * Looks at the feed once an interval, whichever replica gets to it first, and makes an event of each item that is
 * new. What is there at the first look becomes events too, as many as the stream's history holds.
 */
export async function runRss(source: SourceRun, { url, intervalSeconds }: RssSettings): Promise<void> {
  const { signal, states, entry } = source;
  const place = new FeedPlace(states, entry.id, url);
  while (!signal.aborted) {
    const taken = await place.take(intervalSeconds * 1_000);
    if (typeof taken === 'number') {
      await pause(taken + Math.random() * SPREAD_MS, signal);
    } else {
      await place.giveBack(taken, await look(source, taken));
    }
  }
}

/** @returns what is known of the feed now */
async function look(source: SourceRun, { state }: FeedLease): Promise<FeedState> {
  try {
    const known = await takeNew(source, state);
    source.succeeded();
    return { ...known, checkedAt: Date.now() };
  } catch (error) {
    // Stopped in the middle: the next replica may begin at once.
    if (source.signal.aborted) return state;
    const feedFailed = error instanceof SourceFailure;
    if (!feedFailed && !(error instanceof Problem)) throw error;
    source.failed(error);
    // A feed that fails is asked again after an interval; NATS may be back the next moment.
    if (feedFailed) return { ...state, checkedAt: Date.now() };
    await pause(RETRY_MS, source.signal);
    return state;
  }
}

async function takeNew(source: SourceRun, state: FeedState): Promise<FeedState> {
  const { policy, signal } = source;
  const { url, etag, lastModified } = state;
  const answer = await fetchFeed({ url, etag, lastModified, signal, isAllowed: addressRule(policy) });
  if (answer.status === 'not-modified') {
    source.say('The feed has not changed');
    return state;
  }
  const items = feedItems(await parseFeed(feedText(answer.bytes, answer.contentType)), answer.url);
  const events = items.map((item, index) => ({
    value: itemEvent(item),
    // Older ones would be pushed out of the history by the newer at once.
    silent: state.taken !== true && index < items.length - REPLAY_EVENTS,
  }));
  signal.throwIfAborted();
  const { stored } = await source.emit(events, { together: true });
  source.say(`Items in the feed: ${items.length}, new: ${stored}`);
  return { url, etag: answer.etag, lastModified: answer.lastModified, taken: true };
}
