import { encodeComment } from '../frame.js';
import type { Connection } from './connection.js';

/** What a client says about itself in its request. */
export interface ClientHints {
  /** The id of the last event that it got, or the empty string. Any text may be in it but a line end or NUL. */
  readonly lastEventId: string;
  /** Comments that must come first for clients which show nothing before some kilobytes have come, or undefined. */
  readonly padding: Buffer | undefined;
}

/** Where the polyfills event-source-polyfill and eventsource-polyfill, which cannot set headers, put the id. */
const ID_PARAMETERS = ['lastEventId', 'evs_last_event_id'];

/** Parameters by which the same two ask for padding, and how many spaces. */
const PADDING_PARAMETERS: readonly (readonly [name: string, spaces: number])[] = [
  ['padding', 2049],
  ['evs_preamble', 2056],
];

export function clientHints(connection: Connection): ClientHints {
  const query = new URLSearchParams(/\?[^#]*/.exec(connection.url)?.[0]);
  const id = [connection.header('last-event-id'), ...ID_PARAMETERS.map((name) => query.get(name))].find(
    (given) => typeof given === 'string' && given !== '',
  );
  const padding = PADDING_PARAMETERS.filter(([name]) => query.has(name)).map(([, spaces]) =>
    encodeComment(' '.repeat(spaces)),
  );
  return {
    // Sent back as an id it would be refused, and by then it would be the program's fault.
    lastEventId: id !== undefined && id !== null && !/[\r\n\0]/.test(id) ? id : '',
    padding: padding.length > 0 ? Buffer.concat(padding) : undefined,
  };
}
