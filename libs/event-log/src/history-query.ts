import type { StoredEvent } from './stored-event.js';

/** A page of a stream's history that somebody asks for. */
export interface PageQuery {
  /** Events, 1 or more. */
  readonly limit: number;
  /** The events before this one: those nearest to it. Default: the newest of all. */
  readonly beforeSeq?: number | undefined;
  /** The events after this one, in place of those before one. */
  readonly afterSeq?: number | undefined;
  /** Only events of this channel. */
  readonly channel?: string | undefined;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly events: readonly StoredEvent[];
  /** Events of the whole history, of the channel where one is asked for. */
  readonly total: number;
}

/**
 * What a query chooses.
 *
 * @param events the whole history, or its index, oldest first
 */
export function choose<Event extends { readonly seq: number; readonly channel: string | undefined }>(
  events: readonly Event[],
  { limit, beforeSeq, afterSeq, channel }: PageQuery,
): { chosen: Event[]; total: number } {
  const matching = events.filter((event) => channel === undefined || event.channel === channel);
  const chosen =
    afterSeq === undefined
      ? matching.filter(({ seq }) => beforeSeq === undefined || seq < beforeSeq).slice(-limit)
      : matching.filter(({ seq }) => seq > afterSeq).slice(0, limit);
  return { chosen, total: matching.length };
}
