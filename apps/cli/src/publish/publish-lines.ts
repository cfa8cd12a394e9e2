import { type EventInput, type PublishedEvent, RunnelError } from '#libs/sdk';
import type { Session } from '../cli.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { noticeLater } from '../terminal/notice-later.js';
import { type Line, lineBatches } from './line-batches.js';

export interface LineOptions {
  readonly stream: string;
  /** The channel of every line, which is then a payload. Left out: each line is an event with its own. */
  readonly channel: string | undefined;
  readonly onPublished: (events: readonly PublishedEvent[]) => Promise<void>;
}

/**
 * Publishes what comes on standard input, one event a line, until it ends. Each batch is stored whole or not at
 * all; the first that is not ends the rest.
 */
export async function publishLines(io: Io, { client }: Session, options: LineOptions): Promise<void> {
  let stored = 0;
  let at: Line | undefined;
  const arrived = noticeLater(io, 'Reading lines from standard input …');
  try {
    for await (const lines of lineBatches(io.stdin.chunks)) {
      arrived();
      at = lines[0];
      const events = lines.map((line) => eventOf(line, options.channel));
      await options.onPublished(await client.publishBatch(options.stream, events));
      stored += events.length;
    }
  } catch (error) {
    const from = at === undefined ? '' : `; the batch that begins at line ${at.number} was refused`;
    const note = `${stored} events were stored${error instanceof RunnelError ? from : ''}.\n`;
    await io.stderr.write(note);
    throw error;
  } finally {
    arrived();
  }
}

function eventOf({ number, text }: Line, channel: string | undefined): EventInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`Line ${number} is not JSON.`);
  }
  return channel === undefined ? (value as EventInput) : { channel, payload: value };
}
