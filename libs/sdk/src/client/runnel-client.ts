import type { StreamKind } from '#libs/contracts';
import { Http, type HttpOptions, segment } from '../http/http.js';
import { queryOf } from '../http/query.js';
import { Collection } from './collection.js';
import { type PublishOptions, publish } from './publish.js';
import type {
  EventInput,
  HistoryOptions,
  HistoryPage,
  KeyView,
  NewKey,
  NewKeyView,
  NewSource,
  NewTicket,
  NewWorkflow,
  PublishedEvent,
  SourceChange,
  SourceView,
  StreamView,
  TicketView,
  WorkflowChange,
  WorkflowView,
} from './views.js';

/** Where each kind of stream is subscribed to. */
const SSE_PATH: Record<StreamKind, string> = { source: '/sources', workflow: '/pipelines' };

/**
 * Calls of Runnel's HTTP API, one method each, with its own field names.
 *
 * All of them throw RunnelError when the service refuses and ConnectError when it cannot be reached. Nothing is
 * tried twice but publishing, where a key makes that safe.
 */
export class RunnelClient {
  readonly sources: Collection<SourceView, NewSource, SourceChange>;
  readonly workflows: Collection<WorkflowView, NewWorkflow, WorkflowChange>;
  readonly streams: Pick<Collection<StreamView, never, never>, 'list' | 'page' | 'each' | 'get'>;
  /** Deleting a key revokes it: refused everywhere at once, and its connections end within 5 s. */
  readonly keys: Pick<Collection<KeyView, NewKey, never, NewKeyView>, 'list' | 'get' | 'create' | 'delete'>;
  readonly tickets: Pick<Collection<TicketView, NewTicket, never>, 'create'>;
  private readonly http: Http;

  /** @throws TypeError for a base URL or key that cannot be used */
  constructor(options: HttpOptions) {
    this.http = new Http(options);
    this.sources = new Collection(this.http, '/v1/sources');
    this.workflows = new Collection(this.http, '/v1/workflows');
    this.streams = new Collection(this.http, '/v1/streams');
    this.keys = new Collection(this.http, '/v1/keys');
    this.tickets = new Collection(this.http, '/v1/tickets');
  }

  /** Without trailing slash. */
  get baseUrl(): string {
    return this.http.baseUrl;
  }

  /** Stored events, newest last. */
  async history(stream: string, { limit, after, before, channel }: HistoryOptions): Promise<HistoryPage> {
    const query = queryOf({ limit, after, before, channel });
    return await this.http.call('GET', `/v1/streams/${segment(stream)}/events${query}`);
  }

  /** Stores one event. Resolves once it is kept. */
  async publish(stream: string, event: EventInput, options?: PublishOptions): Promise<PublishedEvent> {
    const [published] = await publish(this.http, stream, event, options);
    return published as PublishedEvent;
  }

  /** Stores 1 to 1000 events, all or none. Resolves once they are kept, with one answer for each, in order. */
  publishBatch(
    stream: string,
    events: readonly EventInput[],
    options?: PublishOptions,
  ): Promise<PublishedEvent[]> {
    return publish(this.http, stream, events, options);
  }

  /**
   * Where to subscribe, under the base URL of this client: the `sse_url` of a view may name an address that is
   * meant for others, and the key goes nowhere but here.
   */
  sseUrl({ kind, id }: Pick<StreamView, 'kind' | 'id'>): string {
    return `${this.baseUrl}${SSE_PATH[kind]}/${segment(id)}/sse`;
  }

  /** Where to subscribe to what a source says while it works: `{ts,level,message}`, without history. */
  logsUrl(source: string): string {
    return `${this.baseUrl}/sources/${segment(source)}/logs/sse`;
  }
}
