import { Match, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import { PUBLISH_SUBJECTS, type StreamRef, streamOfSubject } from '#libs/contracts';
import { type NatsConnection, NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { TraceHeaders } from '#libs/tracing';
import { headerBytes } from './header-values.js';
import { CHANNEL_HEADER, traceIn } from './stored-event.js';

/** Each message reaches one replica of ingest. */
const QUEUE = 'ingest';
const MESSAGE_ID_HEADER = 'Nats-Msg-Id';
/**
 * Headers of NATS itself that a message may have besides its id: about a request between accounts, and tracing.
 * Any other asks JetStream for something that does not happen here, so it must not pass unnoticed.
 */
const HARMLESS_HEADER = /^Nats-(?:Request-Info|Trace-\S+)$/i;
/** Bytes of headers that are read: the client's time for many of them grows with the square of their number. */
const MAX_HEADER_BYTES = 8 * 1024;
/**
 * What an answer may be sent to: an inbox, or what stands for one of another account. Without accounts a publisher
 * could otherwise have the answer written into a stream, or sent to JetStream as a request.
 */
const ANSWERABLE = /^_(?:INBOX|R_)/;

/** A message on a stream's subject. Nothing about it is checked yet. */
export interface PublishMessage {
  readonly ref: StreamRef;
  readonly channel: string | undefined;
  /** Its id, under which it is to be stored once. */
  readonly id: string | undefined;
  readonly payload: Uint8Array;
  /** Why its headers cannot be taken as they are, as a sentence; undefined when they can. */
  readonly headerFault: string | undefined;
  /** The publisher's own work that it follows from, if it says so and traces are recorded. */
  readonly trace: TraceHeaders | undefined;
  /** Answers as JetStream would, if the publisher wants an answer. */
  answer(answer: PublishAnswer): void;
}

/** In the form of JetStream's acks, which its clients read. */
export type PublishAnswer =
  | { readonly stream: string; readonly seq: number; readonly duplicate?: true; readonly id: string }
  | { readonly error: { readonly code: number; readonly err_code: number; readonly description: string } };

/**
 * What publishers send over NATS (ADR 0010). On a connection of its own: a flood that the service cannot read in
 * time costs this connection and no other.
 */
export class PublishIntake {
  private readonly link: NatsLink;
  private readonly stopListening: () => void;
  private stopTaking = () => {};

  /**
   * Begins as soon as NATS is there.
   *
   * @param take hears each message; must not throw
   * @param traced whether messages are read for the trace that they belong to
   */
  constructor(nats: NatsOptions, take: (message: PublishMessage) => void, traced = false) {
    this.link = NatsLink.open(nats);
    let heard: NatsConnection | undefined;
    this.stopListening = this.link.onUp((connection) => {
      // The client renews its subscriptions itself, but not on a connection that replaced another.
      if (heard === connection) return;
      heard = connection;
      const subscription = connection.subscribe(PUBLISH_SUBJECTS, {
        queue: QUEUE,
        callback: (error, message) => {
          const taken = error === null ? read(message, traced) : undefined;
          if (taken !== undefined) take(taken);
        },
      });
      this.stopTaking = () => subscription.unsubscribe();
    });
  }

  /** Whether messages arrive now. */
  get up(): boolean {
    return this.link.up;
  }

  /** No further messages: other replicas get them. Answers still go out. */
  stop(): void {
    this.stopListening();
    this.stopTaking();
  }

  async close(): Promise<void> {
    this.stop();
    await this.link.close();
  }
}

/** Undefined for a subject that no stream can have. Never throws: that would stop the whole connection from reading. */
function read(message: Msg, traced: boolean): PublishMessage | undefined {
  const ref = streamOfSubject(message.subject);
  if (ref === undefined) return undefined;
  const { reply } = message;
  return {
    ref,
    payload: message.data,
    ...readHeaders(message, traced),
    answer(answer) {
      if (reply === undefined || !ANSWERABLE.test(reply)) return;
      try {
        message.respond(JSON.stringify(answer));
      } catch {
        // The connection was closed meanwhile: to the publisher the outcome is unknown, as in every outage.
      }
    },
  };
}

type ReadHeaders = Pick<PublishMessage, 'channel' | 'id' | 'trace' | 'headerFault'>;

function readHeaders(message: Msg, traced: boolean): ReadHeaders {
  const none = { channel: undefined, id: undefined, trace: undefined };
  if (headerBytes(message) > MAX_HEADER_BYTES) {
    return { ...none, headerFault: `The headers must have at most ${MAX_HEADER_BYTES} bytes.` };
  }
  try {
    const { headers } = message;
    const channel = header(headers, CHANNEL_HEADER);
    const id = header(headers, MESSAGE_ID_HEADER);
    return { channel, id, trace: traced ? traceIn(headers) : undefined, headerFault: unsupportedIn(headers) };
  } catch {
    // The client reads them only now, and throws for a line end inside of one.
    return { ...none, headerFault: 'The headers cannot be read.' };
  }
}

/** Clients differ in how they write the names of headers. */
function header(headers: MsgHdrs | undefined, name: string): string | undefined {
  return headers?.has(name, Match.IgnoreCase) ? headers.get(name, Match.IgnoreCase) : undefined;
}

function unsupportedIn(headers: MsgHdrs | undefined): string | undefined {
  const ours = MESSAGE_ID_HEADER.toLowerCase();
  const foreign = (headers?.keys() ?? []).find(
    (name) => /^nats-/i.test(name) && name.toLowerCase() !== ours && !HARMLESS_HEADER.test(name),
  );
  return foreign && `The header ${foreign} is not supported.`;
}
