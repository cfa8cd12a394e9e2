import { describe, expect, it } from '@jest/globals';
import type { StreamEntry } from '#libs/catalogue';
import { listPage } from './list-page.js';

const AT = Date.parse('2026-01-31T12:00:00Z');

/** Five of the same moment, then five of a later one. */
const entries = Array.from({ length: 10 }, (_, n) => ({
  id: `p_${'abcdefghij'[n]}`,
  name: n === 7 ? 'Orders' : `stream-${n}`,
  type: n === 3 ? 'timer' : 'workflow',
  createdAt: new Date(AT + (n < 5 ? 0 : 1_000)).toISOString(),
})) as unknown as StreamEntry[];

const page = (query: Record<string, string>) => {
  const { entries: some, head } = listPage(entries, query);
  return { ids: some.map(({ id }) => id.slice(2)).join(''), info: head.page_info };
};

describe('listPage', () => {
  it('gives the whole list, and nothing about pages, to who asks for none', () => {
    expect(page({})).toEqual({ ids: 'abcdefghij', info: undefined });
    expect(page({ other: 'parameter' }).ids).toBe('abcdefghij');
  });

  it('goes through the list forwards and backwards, each entry once', () => {
    const first = page({ limit: '4' });
    expect(first).toMatchObject({ ids: 'abcd', info: { total_count: 10, count: 4 } });
    const second = page({ limit: '4', after: first.info?.end_cursor as string });
    expect(second.ids).toBe('efgh');
    const third = page({ limit: '4', after: second.info?.end_cursor as string });
    expect(third).toMatchObject({ ids: 'ij', info: { count: 2 } });
    expect(page({ limit: '4', after: third.info?.end_cursor as string })).toEqual({
      ids: '',
      info: { total_count: 10, count: 0, start_cursor: null, end_cursor: null },
    });
    expect(page({ limit: '4', before: third.info?.start_cursor as string }).ids).toBe('efgh');
    expect(page({ before: second.info?.start_cursor as string }).ids).toBe('abcd');
  });

  it('goes on after an entry that was deleted meanwhile', () => {
    expect(page({ limit: '2', after: `${AT}-p_cc` }).ids).toBe('de');
  });

  it('searches names, ids and types', () => {
    expect(page({ q: 'ORDERS' })).toMatchObject({ ids: 'h', info: { total_count: 1 } });
    expect(page({ q: 'timer' }).ids).toBe('d');
    expect(page({ q: 'p_j' }).ids).toBe('j');
    expect(page({ q: 'nothing' }).ids).toBe('');
  });

  it.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ after: 'p_a' }, 'after'],
    [{ after: `${AT}-p_a`, before: `${AT}-p_b` }, 'before'],
    [{ q: 'q'.repeat(129) }, 'q'],
  ])('refuses %j', (query, field) => {
    expect(() => listPage(entries, query)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field })] }),
    );
  });
});
