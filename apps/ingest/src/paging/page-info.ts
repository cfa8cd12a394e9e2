/**
 * What stands beside the entries of a page.
 *
 * @param total entries of all pages together
 * @param cursors where the entries of this page are, in their order
 */
export function pageInfo(total: number, cursors: readonly string[]) {
  return {
    total_count: total,
    count: cursors.length,
    start_cursor: cursors[0] ?? null,
    end_cursor: cursors.at(-1) ?? null,
  };
}
