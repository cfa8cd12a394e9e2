import type { Msg, MsgHdrs } from '@nats-io/nats-core';

/** What the headers of a message say. Names are as they are written, capitals included. */
export interface HeaderValues {
  /** Whether all of them can be read; where not, only what JetStream itself has said is of use. */
  readonly readable: boolean;
  /** The first value of a header, or an empty text. */
  first(name: string): string;
  /** The last one, which is JetStream's own where it sets one: it adds its headers behind all others. */
  last(name: string): string;
}

/** A block in which nothing needs care: a line for each header, printable ASCII throughout. */
const PLAIN = /^NATS\/1\.0\r\n(?:[!-9;-~]+:[ -~]*\r\n)*\r\n$/;

/**
 * The headers of a message. Almost all are plain, and what is wanted of them is found in their text: the client would
 * make lists of all names and values first, which was a fifth of what a gateway does for an event.
 */
export function headerValues(message: Msg): HeaderValues {
  const text = headerText(message);
  if (PLAIN.test(text)) return new PlainHeaders(text);
  const headers = readHeaders(message);
  return headers === undefined ? new UnreadableHeaders(text) : new ClientsHeaders(headers);
}

/**
 * The headers of a message, or undefined when it has none or they cannot be read: the client throws at a line end in
 * a value, which would end the subscription that the message came over.
 */
export function readHeaders(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}

/** Bytes of a message's headers. The client knows the size of a message, which its types do not say. */
export function headerBytes(message: Msg & { size?: () => number }): number {
  const { subject, reply = '', data } = message;
  return (message.size?.() ?? 0) - subject.length - reply.length - data.length;
}

/** The bytes of the headers, which the client keeps in front of the payload and does not give out. */
function headerText(message: Msg): string {
  const { buffer, byteOffset } = message.data;
  const length = headerBytes(message);
  return Buffer.from(buffer, byteOffset - length, length).toString('latin1');
}

class PlainHeaders implements HeaderValues {
  readonly readable = true;

  constructor(private readonly text: string) {}

  first(name: string): string {
    const line = `\r\n${name}:`;
    return this.valueAt(this.text.indexOf(line), line);
  }

  last(name: string): string {
    const line = `\r\n${name}:`;
    return this.valueAt(this.text.lastIndexOf(line), line);
  }

  private valueAt(at: number, line: string): string {
    if (at < 0) return '';
    const from = at + line.length;
    return this.text.slice(from, this.text.indexOf('\r', from)).trim();
  }
}

class ClientsHeaders implements HeaderValues {
  readonly readable = true;

  constructor(private readonly headers: MsgHdrs) {}

  first(name: string): string {
    return this.headers.get(name);
  }

  last(name: string): string {
    return this.headers.last(name);
  }
}

class UnreadableHeaders implements HeaderValues {
  readonly readable = false;

  constructor(private readonly text: string) {}

  first(): string {
    return '';
  }

  last(name: string): string {
    return this.text.match(new RegExp(`.*^${name}: *([^\\r\\n]*)\\r$`, 'ms'))?.[1] ?? '';
  }
}
