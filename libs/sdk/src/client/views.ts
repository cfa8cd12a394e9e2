import type { StreamKind, Visibility } from '#libs/contracts';

/** The forms in which the API shows and takes things, in its own spelling. */

/** Where a page is in what it is a part of. */
export interface PageInfo {
  /** Entries of all pages together. */
  readonly total_count: number;
  /** Entries of this page. */
  readonly count: number;
  /** For `before`, to go back; null where the page has no entries. */
  readonly start_cursor: string | null;
  /** For `after`, to go on; null where the page has no entries. */
  readonly end_cursor: string | null;
}

/** Which page of a list. `after` and `before` exclude each other. */
export interface ListPageOptions {
  /** Entries at the most, 1 to 100. Left out: 10. */
  readonly limit?: number | undefined;
  /** Only what comes after this cursor, whether what it stands at is still there or not. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** Only what has this in its name, id or type, whatever the case; 128 characters at the most. */
  readonly q?: string | undefined;
}

export interface ListPage<View> {
  readonly page_info: PageInfo;
  readonly data: readonly View[];
}

export interface StreamView {
  readonly id: string;
  readonly name: string;
  readonly kind: StreamKind;
  /** `workflow`, or the type of the source. */
  readonly type: string;
  readonly visibility: Visibility;
  readonly active: boolean;
  /** How many events are kept, and for how many seconds; null for as long as that. */
  readonly history: { readonly max_events: number; readonly max_age_s: number | null };
  readonly sse_url: string;
  readonly nats_subject: string;
  readonly event_count: number;
  /** Connections that listen now, over all gateways; null when that is not known at the moment. */
  readonly subscribers: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface SourceView {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
  readonly visibility: Visibility;
  /** Of sources that listen at an address of their own. */
  readonly endpoint?: string;
  readonly sse_url: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Settings of the type. */
  readonly [setting: string]: unknown;
}

export interface NewSource {
  readonly type: string;
  /** Left out: the type, with a number when that is taken. */
  readonly name?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly [setting: string]: unknown;
}

/** What is left out stays as it is. */
export interface SourceChange {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
  readonly visibility?: Visibility | undefined;
  readonly [setting: string]: unknown;
}

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly visibility: Visibility;
  readonly sse_url: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface NewWorkflow {
  readonly name: string;
  /** Left out: public, for whoever knows the id. */
  readonly visibility?: Visibility | undefined;
}

/** What is left out stays as it is. */
export type WorkflowChange = Pick<SourceChange, 'name' | 'visibility'>;

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Stream ids, or `*` alone. */
  readonly streams: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
}

/** A key that was made just now: the only view with its secret. */
export interface NewKeyView extends KeyView {
  readonly key: string;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Left out: those of the key that asks. */
  readonly streams?: readonly string[] | undefined;
  /** ISO 8601. Left out: when the key that asks expires. */
  readonly expires_at?: string | undefined;
}

export interface NewTicket {
  /** Ids or names, 1 to 50. */
  readonly streams: readonly string[];
  /** Left out: all channels. */
  readonly channels?: readonly string[] | undefined;
  /** Seconds that it lives, 1 to 3600. Left out: 60. */
  readonly ttl_s?: number | undefined;
}

/** What lets a browser open some streams for a while. A secret as long as it lives. */
export interface TicketView {
  readonly ticket: string;
  readonly expires_at: string;
}

/** An event as history shows it. */
export interface HistoryEvent {
  readonly id: string;
  readonly ts: number | string;
  readonly channel?: string | null;
  readonly payload: unknown;
}

/** Which stored events. `after` and `before` are ids of events, and exclude each other. */
export interface HistoryOptions {
  /** Events at the most, 1 to 100. */
  readonly limit: number;
  /** Only events after this one, the oldest of them. Left out, with `before`: the newest. */
  readonly after?: string | undefined;
  /** Only events before this one, the newest of them. */
  readonly before?: string | undefined;
  /** Left out: all channels. */
  readonly channel?: string | undefined;
}

export interface HistoryPage {
  readonly page_info: PageInfo;
  /** Newest last. */
  readonly data: readonly HistoryEvent[];
}

export interface EventInput {
  /** Required on workflow streams. */
  readonly channel?: string | undefined;
  /** Any JSON value. */
  readonly payload: unknown;
  /** Stores once for the same id on the same stream within two minutes. Left out: the request's key counts. */
  readonly id?: string | undefined;
}

export interface PublishedEvent {
  /** The event's cursor: what subscribers get as its id. */
  readonly id: string;
  /** Whether it was stored before, by a request with the same key. */
  readonly duplicate: boolean;
}
