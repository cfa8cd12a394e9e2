import { html } from 'htm/preact';
import { call } from './api.mjs';

/** Entries that a page of a list has. */
const PAGE = 50;

/**
 * The first pages of a list, one after the other, as `{ entries, total }`: how many there are in all is told as well.
 *
 * @param parameters of the query, besides those that say which page
 */
export async function firstPages(path, count, parameters) {
  const entries = [];
  const query = new URLSearchParams({ limit: PAGE, ...parameters });
  for (let page = 1; ; page += 1) {
    const { data, page_info: info } = await call('GET', `${path}?${query}`);
    entries.push(...data);
    if (data.length < PAGE || page === count) return { entries, total: info.total_count };
    query.set('after', info.end_cursor);
  }
}

/** How many pages a list of this many entries has. */
export function pageCount(total) {
  return Math.ceil(total / PAGE);
}

/** Asks for one page more, where there is one. @param list what `firstPages` gave, undefined before that */
export function ShowMore({ list, onMore }) {
  const left = list === undefined ? 0 : list.total - list.entries.length;
  return (
    left > 0 && html`<p class="more"><button onClick=${onMore}>Show ${Math.min(PAGE, left)} more</button></p>`
  );
}
