import { GAP_EVENT } from '#libs/contracts';
import type { Message } from './sse-parser.js';
import { type Gap, gapOf, type StreamEvent, streamEvent } from './stream-event.js';

/** What the messages of a stream say. */
export async function* eventsOf(
  messages: AsyncIterable<Message>,
  { lastEventId = '', onGap }: { lastEventId?: string | undefined; onGap?: ((gap: Gap) => void) | undefined },
): AsyncGenerator<StreamEvent, void, undefined> {
  let id = lastEventId;
  for await (const message of messages) {
    const requested = id;
    id = message.id || id;
    if (message.event === GAP_EVENT) onGap?.(gapOf(message, requested));
    else yield streamEvent(message, id);
  }
}
