import { type Http, segment, unexpectedAnswer } from '../http/http.js';
import { queryOf } from '../http/query.js';
import type { ListPage, ListPageOptions } from './views.js';

/** Entries of a page: for who asks for one, and the most that the service gives at once. */
const PAGE = { usual: 10, largest: 100 };

/** The calls that all lists of the API have in common. `Created` is how a thing is shown when it has just been made. */
export class Collection<View, New, Change, Created = View> {
  /** @param path without trailing slash */
  constructor(
    private readonly http: Http,
    private readonly path: string,
  ) {}

  /** All entries at once, oldest first: {@link each} is for lists that may be long. */
  async list(): Promise<View[]> {
    const answer = await this.http.call<{ data?: View[] } | undefined>('GET', this.path);
    // A wrong address often answers something: better said here than as a list without entries.
    if (!Array.isArray(answer?.data)) throw unexpectedAnswer(200);
    return answer.data;
  }

  /** One page, oldest first: the first, the one right after a cursor, or the one right before one. */
  async page({ limit = PAGE.usual, ...place }: ListPageOptions = {}): Promise<ListPage<View>> {
    const path = this.path + queryOf({ limit, ...place });
    const answer = await this.http.call<ListPage<View> | undefined>('GET', path);
    if (!Array.isArray(answer?.data) || answer.page_info === undefined) throw unexpectedAnswer(200);
    return answer;
  }

  /**
   * All entries, oldest first, a page at a time: the next one is asked for when those before it are used up. What is made
   * or deleted meanwhile may be among them or not; everything else comes once.
   *
   * @param options `limit` is the size of a page, 1 to 100; left out: 100
   */
  async *each({
    limit = PAGE.largest,
    q,
  }: Pick<ListPageOptions, 'limit' | 'q'> = {}): AsyncGenerator<View, void, undefined> {
    let after: string | undefined;
    for (;;) {
      const { data, page_info } = await this.page({ limit, q, after });
      yield* data;
      if (data.length < limit || page_info.end_cursor === null) return;
      after = page_info.end_cursor;
    }
  }

  async get(idOrName: string): Promise<View> {
    return await this.http.call('GET', this.at(idOrName));
  }

  async create(fields: New): Promise<Created> {
    return await this.http.call('POST', this.path, { body: fields });
  }

  async update(idOrName: string, change: Change): Promise<View> {
    return await this.http.call('PUT', this.at(idOrName), { body: change });
  }

  async delete(idOrName: string): Promise<void> {
    await this.http.call('DELETE', this.at(idOrName));
  }

  private at(idOrName: string): string {
    return `${this.path}/${segment(idOrName)}`;
  }
}
