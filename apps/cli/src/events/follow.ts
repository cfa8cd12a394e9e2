import { type Gap, type StreamEvent, type SubscriptionState, subscribe } from '#libs/sdk';
import type { Session } from '../cli.js';
import type { Io } from '../io.js';
import { visible } from '../terminal/visible.js';

export interface FollowOptions {
  /** What came before is not shown. Left out: the kept history comes first. */
  readonly lastEventId?: string | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => Promise<void>;
}

/**
 * Follows the stream at an address until the signal is aborted, over as many connections as it takes. What happens to them is
 * told on standard error.
 *
 * @throws RunnelError or StreamClosedError when the service does not let it in, or no longer
 */
export async function followStream(
  io: Io,
  { key }: Session,
  url: string,
  options: FollowOptions,
): Promise<void> {
  const tell = (text: string) => void io.stderr.write(`${visible(text)}\n`);
  await subscribe(url, {
    ...options,
    apiKey: key,
    fetch: io.fetch,
    onGap: (gap) => tell(gapSentence(gap)),
    onState: connectionNotes(tell),
  });
}

/** Tells of each loss and each return, and not of every attempt between them. */
function connectionNotes(tell: (text: string) => void): (state: SubscriptionState) => void {
  let lost = false;
  return (now) => {
    if (now.state === 'waiting' && !lost) {
      lost = true;
      tell(`${now.error?.message ?? 'The service ended the connection.'} Reconnecting …`);
    } else if (now.state === 'open' && lost) {
      lost = false;
      tell('Connected again.');
    }
  };
}

function gapSentence({ requested, oldest }: Gap): string {
  const next = oldest === null ? 'with what comes' : `with ${oldest}, the oldest that is kept`;
  return `Events after ${requested} are missing: the history no longer holds them. Going on ${next}.`;
}
