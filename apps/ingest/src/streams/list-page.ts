import { z } from 'zod';
import type { StreamEntry } from '#libs/catalogue';
import { checkFields } from '#libs/service';
import { DEFAULT_LIMIT, onOneSide, pageFields } from '../paging/page-fields.js';
import { pageInfo } from '../paging/page-info.js';

const MAX_SEARCH_LENGTH = 128;

/** What a page of a list is asked for by, in the documentation. */
export const LIST_QUERY = {
  limit: 'Entries at the most, 1 to 100. Left out: all, or 10 where another of these is given',
  after: 'Only entries after this cursor',
  before: 'Only entries before this cursor',
  q: 'Only entries that have this in their name, id or type, whatever the case',
};

/** Milliseconds of when an entry was made, and its id: what lists are sorted by. It outlives the entry. */
const CURSOR = /^(\d{1,15})-((?:dc|p)_\w{1,64})$/;

const cursor = z.string().regex(CURSOR, 'must be a cursor of a page of this list');

const query = onOneSide(
  z.object({
    ...pageFields(cursor),
    q: z.string().max(MAX_SEARCH_LENGTH, `may have ${MAX_SEARCH_LENGTH} characters at the most`).optional(),
  }),
);

export interface ListPage {
  readonly entries: readonly StreamEntry[];
  /** What goes before the entries in the answer: nothing where the whole list was asked for. */
  readonly head: { readonly page_info?: ReturnType<typeof pageInfo> };
}

/**
 * The part of a list that a query asks for: the first entries, those right after a cursor, or right before one.
 *
 * @param entries the whole list, oldest first
 * @param parameters the query; others than those of {@link LIST_QUERY} are let be
 * @throws Problem `malformed-request` naming each bad parameter
 */
export function listPage(entries: readonly StreamEntry[], parameters: unknown): ListPage {
  const { limit, before, after, q } = checkFields(parameters, query);
  if ([limit, before, after, q].every((value) => value === undefined)) return { entries, head: {} };
  const wanted = q?.toLowerCase() ?? '';
  const found = entries.filter(({ name, id, type }) =>
    `${name} ${id} ${type}`.toLowerCase().includes(wanted),
  );
  const count = limit ?? DEFAULT_LIMIT;
  const page =
    before === undefined
      ? found.filter((entry) => after === undefined || compare(entry, after) > 0).slice(0, count)
      : found.filter((entry) => compare(entry, before) < 0).slice(-count);
  return { entries: page, head: { page_info: pageInfo(found.length, page.map(cursorOf)) } };
}

function cursorOf({ createdAt, id }: StreamEntry): string {
  return `${Date.parse(createdAt)}-${id}`;
}

/** Where an entry is, seen from a cursor: in the order of lists, which is by time and then by id. */
function compare({ createdAt, id }: StreamEntry, cursor: string): number {
  const [, madeAt, cursorId = ''] = CURSOR.exec(cursor) ?? [];
  return Date.parse(createdAt) - Number(madeAt) || (id < cursorId ? -1 : id > cursorId ? 1 : 0);
}
