import { MAX_PAYLOAD_BYTES } from '#libs/contracts';
import { eventPayload } from '../emit/event-payload.js';
import type { FeedItem } from './parse/feed-item.js';

/** Of the fields that may be long, what an item keeps that would be too large for an event. */
const KEPT_CHARACTERS = 1_000;

/** The event that an item becomes: the item itself, shortened where it has more bytes than an event may have. */
export function itemEvent(item: FeedItem): FeedItem & { readonly truncated?: true } {
  if (eventPayload(item).length <= MAX_PAYLOAD_BYTES) return item;
  const { id, link, published, updated, feed } = item;
  return {
    id: id.slice(0, KEPT_CHARACTERS),
    title: item.title?.slice(0, KEPT_CHARACTERS),
    link: link !== undefined && link.length > KEPT_CHARACTERS ? undefined : link,
    published,
    updated,
    summary: (item.summary ?? item.content)?.slice(0, KEPT_CHARACTERS),
    feed: { title: feed.title?.slice(0, KEPT_CHARACTERS), link: feed.link?.slice(0, KEPT_CHARACTERS) },
    truncated: true,
  };
}
