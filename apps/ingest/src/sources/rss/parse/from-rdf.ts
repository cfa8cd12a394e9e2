import type { RdfFeed } from 'feedsmith';
import type { WrittenItem } from './feed-item.js';
import { isoDate, link, list, text } from './item-fields.js';

/** The items of RSS 1.0, an RDF vocabulary whose dates and authors are Dublin Core, in the feed's order. */
export function itemsFromRdf({ items = [] }: RdfFeed.Feed<string>, base: string): WrittenItem[] {
  return items.map((item) => ({
    id: text(item.rdf?.about),
    title: text(item.title) ?? text(item.dc?.titles?.[0]),
    link: link(item.link, base),
    published: isoDate(item.dc?.dates?.[0]),
    authors: list(item.dc?.creators),
    categories: list(item.dc?.subjects),
    summary: text(item.description) ?? text(item.dc?.descriptions?.[0]),
    content: text(item.content?.encoded),
  }));
}
