import { createHash } from 'node:crypto';
import type { FeedInfo, FeedItem, WrittenItem } from './feed-item.js';
import { infoFromAtom, itemsFromAtom } from './from-atom.js';
import { itemsFromRdf } from './from-rdf.js';
import { itemsFromRss } from './from-rss.js';
import { link, text } from './item-fields.js';
import type { ParsedFeed } from './parse-thread.js';

/** Of a longer feed, the newest items. */
const MAX_ITEMS = 2_000;

/** The items of a feed, oldest first. @param url where the feed was found: relative addresses are under it */
export function feedItems(parsed: ParsedFeed, url: string): FeedItem[] {
  const feed = infoOf(parsed, url);
  return oldestFirst(writtenItems(parsed, url))
    .slice(-MAX_ITEMS)
    .map((item) => ({ ...item, id: item.id ?? item.link ?? digestOf(item), feed }));
}

function writtenItems(parsed: ParsedFeed, url: string): WrittenItem[] {
  switch (parsed.format) {
    case 'rss':
      return itemsFromRss(parsed.feed, url);
    case 'atom':
      return itemsFromAtom(parsed.feed, url);
    case 'rdf':
      return itemsFromRdf(parsed.feed, url);
  }
}

function infoOf(parsed: ParsedFeed, url: string): FeedInfo {
  if (parsed.format === 'atom') return infoFromAtom(parsed.feed, url);
  return { title: text(parsed.feed.title), link: link(parsed.feed.link, url) };
}

/** Feeds have their newest item first, but for some that say by their dates that it is last. */
function oldestFirst(items: WrittenItem[]): WrittenItem[] {
  const dates = items.map(({ published }) => published).filter((date) => date !== undefined);
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return first < last ? items : items.toReversed();
}

/** For an item without id and link: the same as long as it says the same. */
function digestOf({ title, published, summary, content }: WrittenItem): string {
  const said = JSON.stringify([title, published, summary, content]);
  return `sha256:${createHash('sha256').update(said).digest('base64url').slice(0, 22)}`;
}
