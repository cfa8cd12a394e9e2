import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** The messages that a client makes of a stream's text. */
export function parse(text: string): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(text);
  return messages;
}
