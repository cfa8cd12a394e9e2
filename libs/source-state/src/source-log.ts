import { z } from 'zod';
import { isStreamId } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';

const logLine = z.object({
  /** Milliseconds since 1970. */
  ts: z.number(),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
});

/** One line that a source says about its work. */
export type LogLine = z.output<typeof logLine>;

/**
 * What sources say while they work, from every ingest replica to everybody who listens. Lines go over core NATS
 * and are kept nowhere: what nobody listens to is gone.
 */
export class SourceLog {
  /** @param link stays the caller's to close */
  constructor(private readonly link: NatsLink) {}

  /** Says a line; without a connection it is lost. */
  write(sourceId: string, line: LogLine): void {
    if (!this.link.up) return;
    this.link.connection().publish(subjectOf(sourceId), JSON.stringify(line));
  }

  /** Calls the listener with each line from now on, over reconnects too. Returns what ends it. */
  follow(sourceId: string, listener: (line: LogLine) => void): () => void {
    let end = () => {};
    const stopListening = this.link.onUp((connection) => {
      // The client renews subscriptions itself when it reconnects, but not on a connection that replaced another.
      end();
      const subscription = connection.subscribe(subjectOf(sourceId), {
        callback: (_error, message) => {
          const line = lineIn(message.string());
          if (line !== undefined) listener(line);
        },
      });
      end = () => subscription.unsubscribe();
    });
    return () => {
      stopListening();
      end();
    };
  }
}

function subjectOf(sourceId: string): string {
  if (!isStreamId(sourceId)) throw new TypeError('Not the id of a source.');
  return `runnel.logs.${sourceId}`;
}

function lineIn(text: string): LogLine | undefined {
  try {
    return logLine.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
