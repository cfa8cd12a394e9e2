import { type Http, segment } from '../http/http.js';

/** The calls that all lists of the API have in common. `Created` is how a thing is shown when it has just been made. */
export class Collection<View, New, Change, Created = View> {
  /** @param path without trailing slash */
  constructor(
    private readonly http: Http,
    private readonly path: string,
  ) {}

  async list(): Promise<View[]> {
    const { data } = await this.http.call<{ data: View[] }>('GET', this.path);
    return data;
  }

  get(idOrName: string): Promise<View> {
    return this.http.call('GET', this.at(idOrName));
  }

  create(fields: New): Promise<Created> {
    return this.http.call('POST', this.path, { body: fields });
  }

  update(idOrName: string, change: Change): Promise<View> {
    return this.http.call('PUT', this.at(idOrName), { body: change });
  }

  delete(idOrName: string): Promise<void> {
    return this.http.call('DELETE', this.at(idOrName));
  }

  private at(idOrName: string): string {
    return `${this.path}/${segment(idOrName)}`;
  }
}
