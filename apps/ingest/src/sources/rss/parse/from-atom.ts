import type { AtomFeed } from 'feedsmith';
import type { FeedEnclosure, FeedInfo, WrittenItem } from './feed-item.js';
import { isoDate, link, list, text } from './item-fields.js';

type Entry = AtomFeed.Entry<string>;
type Links = Entry['links'];

/** The entries of Atom 1.0 (RFC 4287), in the feed's order. */
export function itemsFromAtom(
  { entries = [], authors, xml }: AtomFeed.Feed<string>,
  url: string,
): WrittenItem[] {
  const feedBase = baseIn(xml, url);
  return entries.map((entry) => {
    const base = baseIn(entry.xml, feedBase);
    return {
      id: text(entry.id),
      title: text(entry.title?.value),
      link: linkOf(entry.links, base),
      published: isoDate(entry.published ?? entry.updated),
      updated: isoDate(entry.updated),
      // An entry without authors has those of its feed (section 4.2.1).
      authors: list((entry.authors ?? authors)?.map(({ name, email }) => name ?? email)),
      categories: list(entry.categories?.map(({ label, term }) => label ?? term)),
      summary: text(entry.summary?.value),
      content: text(entry.content?.value),
      enclosures: enclosures(entry, base),
    };
  });
}

/** The feed itself. */
export function infoFromAtom({ title, links, xml }: AtomFeed.Feed<string>, url: string): FeedInfo {
  return { title: text(title?.value), link: linkOf(links, baseIn(xml, url)) };
}

/** What a person would open: the alternate link, which a link without `rel` is (section 4.2.7.2). */
function linkOf(links: Links, base: string): string | undefined {
  return link(links?.find(({ rel = 'alternate' }) => rel === 'alternate')?.href, base);
}

function baseIn(xml: Entry['xml'], outer: string): string {
  return link(xml?.base, outer) ?? outer;
}

function enclosures({ links }: Entry, base: string): FeedEnclosure[] | undefined {
  const found = links?.flatMap(({ rel, href, type, length }) => {
    const address = rel === 'enclosure' ? link(href, base) : undefined;
    return address === undefined ? [] : { url: address, type: text(type), length };
  });
  return found?.length ? found : undefined;
}
