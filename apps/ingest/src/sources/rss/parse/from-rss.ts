import type { RssFeed } from 'feedsmith';
import type { FeedEnclosure, WrittenItem } from './feed-item.js';
import { isoDate, link, list, text } from './item-fields.js';

/** The items of RSS 0.9x and 2.0 with its usual modules (Dublin Core, content, Atom), in the feed's order. */
export function itemsFromRss({ items = [] }: RssFeed.Feed<string>, base: string): WrittenItem[] {
  return items.map((item) => ({
    id: text(item.guid?.value),
    title: text(item.title) ?? text(item.dc?.titles?.[0]),
    link: link(item.link, base) ?? permalink(item, base) ?? link(item.atom?.links?.[0]?.href, base),
    published: isoDate(item.pubDate ?? item.dc?.dates?.[0] ?? item.atom?.published),
    updated: isoDate(item.atom?.updated),
    authors: list([
      ...(item.authors?.map(({ name, email }) => name ?? email) ?? []),
      ...(item.dc?.creators ?? []),
    ]),
    categories: list([...(item.categories?.map(({ name }) => name) ?? []), ...(item.dc?.subjects ?? [])]),
    summary: text(item.description),
    content: text(item.content?.encoded),
    enclosures: enclosures(item, base),
  }));
}

/** A guid is the item's address unless it says that it is not. */
function permalink({ guid }: RssFeed.Item<string>, base: string): string | undefined {
  const isAddress = guid?.isPermaLink !== false && /^https?:/i.test(guid?.value ?? '');
  return isAddress ? link(guid?.value, base) : undefined;
}

function enclosures(item: RssFeed.Item<string>, base: string): FeedEnclosure[] | undefined {
  const found = item.enclosures?.flatMap(({ url, type, length }) => {
    const address = link(url, base);
    return address === undefined ? [] : { url: address, type: text(type), length };
  });
  return found?.length ? found : undefined;
}
