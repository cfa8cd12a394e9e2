import { type Http, segment, unexpectedAnswer } from '../http/http.js';

/** The calls that all lists of the API have in common. `Created` is how a thing is shown when it has just been made. */
export class Collection<View, New, Change, Created = View> {
  /** @param path without trailing slash */
  constructor(
    private readonly http: Http,
    private readonly path: string,
  ) {}

  async list(): Promise<View[]> {
    const answer = await this.http.call<{ data?: View[] } | undefined>('GET', this.path);
    // A wrong address often answers something: better said here than as a list without entries.
    if (!Array.isArray(answer?.data)) throw unexpectedAnswer(200);
    return answer.data;
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
