import { isStreamId, kindOfStreamId, type StreamKind } from '#libs/contracts';
import { RunnelError } from '#libs/sdk';
import type { Session } from '../cli.js';

/** A stream to read. */
export interface FoundStream {
  readonly id: string;
  readonly kind: StreamKind;
  /** Events kept when it was looked up; undefined where only the stream itself can be asked. */
  readonly eventCount: number | undefined;
}

/**
 * The stream with this id or name.
 *
 * A public workflow stream may be read by whoever knows its id, without a key or with that of another workspace,
 * to which the API does not show it: it is then read without having been looked up.
 *
 * @throws RunnelError, ConnectError
 */
export async function findStream({ client, key }: Session, idOrName: string): Promise<FoundStream> {
  try {
    const { id, kind, event_count } = await client.streams.get(idOrName);
    return { id, kind, eventCount: event_count };
  } catch (error) {
    if (!(error instanceof RunnelError) || !maybePublic(idOrName)) throw error;
    const hidden = error.status === 404 || (error.status === 401 && key === undefined);
    if (!hidden) throw error;
    return { id: idOrName, kind: 'workflow', eventCount: undefined };
  }
}

function maybePublic(idOrName: string): boolean {
  return isStreamId(idOrName) && kindOfStreamId(idOrName) === 'workflow';
}
