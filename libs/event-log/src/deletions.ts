import type { StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';

const SUBJECT = 'runnel.events.deleted';

/** Events of a stream that are gone, by their sequences, both included. */
export interface Deletion {
  readonly stream: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** News of deleted events, for gateways, which have a copy of what they replay. */
export class Deletions {
  /** @param link stays the caller's to close */
  constructor(private readonly link: NatsLink) {}

  announce({ stream }: StreamRef, fromSeq: number, toSeq: number): void {
    const deletion: Deletion = { stream, fromSeq, toSeq };
    this.link.connection().publish(SUBJECT, JSON.stringify(deletion));
  }

  /** Calls the listener for each deletion by anybody. Returns what ends it. */
  listen(listener: (deletion: Deletion) => void): () => void {
    return this.link.subscribe(SUBJECT, (message) => {
      const deletion = readDeletion(message.string());
      if (deletion !== undefined) listener(deletion);
    });
  }
}

/** What was announced, or undefined for whatever else somebody put on the subject. */
function readDeletion(text: string): Deletion | undefined {
  try {
    const { stream, fromSeq, toSeq } = JSON.parse(text) as Partial<Deletion>;
    if (typeof stream !== 'string' || typeof fromSeq !== 'number' || typeof toSeq !== 'number')
      return undefined;
    return { stream, fromSeq, toSeq };
  } catch {
    return undefined;
  }
}
