import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { Problem } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';

/** Milliseconds that one request may take. */
const REQUEST_MS = 5_000;

/** JetStream's codes for what is no surprise. */
export const API_CODES = {
  streamNotFound: 10059,
  streamNameInUse: 10058,
  noMessage: 10037,
} as const;

/** JetStream's management, over a link that comes and goes. */
export class JetStreamApi {
  /** @param link stays the caller's to close */
  constructor(private readonly link: NatsLink) {}

  /**
   * @throws Problem `unavailable` without a connection or an answer, or when JetStream is not able to answer, as
   *   between two leaders; JetStreamApiError for what it refuses
   */
  call<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    return unlessUnable(
      this.link.whileUp(async (connection) =>
        work(await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS })),
      ),
    );
  }
}

/** Problem `unavailable` instead of JetStream's word that it is not able to answer. */
export async function unlessUnable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.status >= 500)) throw error;
    throw new Problem('unavailable', 'The message system cannot do this at the moment.', { cause: error });
  }
}

/** Undefined instead of the refusal with this code. */
export async function unless<T>(code: number, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === code) return undefined;
    throw error;
  }
}
