import type { Outlet } from '../outlet.js';

/** Who ended a connection: the client or the network, or the program by ending the response itself. */
export type ClosedBy = 'client' | 'ended';

/**
 * The seam between sessions and what carries them. Node's HTTP/1 and HTTP/2 and the Fetch API are behind it; write
 * one for a framework that hides those, and give it to `new Session`.
 */
export interface Connection {
  /** Path and query of the request. */
  readonly url: string;
  /** A header of the request, by its lower-case name. */
  header(name: string): string | undefined;
  /**
   * Sends the head of the response. Returns the way to the client, or who ended the connection already: the client
   * that has gone, or the program, with a status other than 200 or a HEAD request, where nothing follows the head.
   */
  open(): Outlet | ClosedBy;
  /** Calls the listener once, when the connection is over. Returns what takes the listener away. */
  onClose(listener: (by: ClosedBy) => void): () => void;
}
