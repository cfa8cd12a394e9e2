import { channelFault, MAX_PAYLOAD_BYTES } from '#libs/contracts';
import { isObject } from './is-object.js';
import { jsonCopy } from './json-copy.js';

/** Bytes of payloads that one run may collect: they are all kept until the run has finished. */
const MAX_RUN_BYTES = 256 * 1024 * 1024;

/** An event that waits until the run has finished. */
export interface CollectedEvent {
  readonly channel: string;
  readonly payload: unknown;
  /** Of the payload as JSON. */
  readonly bytes: number;
}

/**
 * Collects the events of a run, in call order. What cannot be sent is refused at the call, where the stack still
 * names the line; a later change to a payload does not reach its event.
 */
export class Outbox {
  private readonly collected: CollectedEvent[] = [];
  private bytes = 0;
  private isClosed = false;

  /** @param maxBytes of payloads that are collected */
  constructor(private readonly maxBytes = MAX_RUN_BYTES) {}

  /**
   * `$.send.sse`.
   *
   * @throws TypeError for a missing or unusable channel or payload, RangeError for one too large, Error after the
   *   run has finished
   */
  sse(call: unknown): void {
    if (this.isClosed) {
      throw new Error(
        '$.send.sse was called after the run had finished, so the event is not sent: await it.',
      );
    }
    const { channel, payload } = checked(call);
    const named = `the payload for the channel ${JSON.stringify(channel)}`;
    const copy = jsonCopy(payload, `$.send.sse: ${named}`, { refuseFunctions: true });
    if (copy === undefined) throw new TypeError(`$.send.sse: ${named} has no JSON form.`);
    if (copy.bytes > MAX_PAYLOAD_BYTES) {
      const limit = `at most ${MAX_PAYLOAD_BYTES} bytes as JSON, and has ${copy.bytes}`;
      throw new RangeError(`$.send.sse: ${named} must have ${limit}.`);
    }
    this.bytes += copy.bytes;
    if (this.bytes > this.maxBytes) {
      throw new RangeError(`$.send.sse: one run can send ${this.maxBytes} bytes of payloads and no more.`);
    }
    this.collected.push({ channel, payload: copy.value, bytes: copy.bytes });
  }

  /** Takes no more events. Returns those that it has. */
  close(): readonly CollectedEvent[] {
    this.isClosed = true;
    return this.collected;
  }
}

function checked(call: unknown): { channel: string; payload: unknown } {
  if (!isObject(call)) throw new TypeError('$.send.sse needs an object with a channel and a payload.');
  const { channel, payload } = call;
  if (channel === undefined) throw new TypeError('$.send.sse needs a channel.');
  const fault = channelFault(channel);
  if (fault !== undefined) {
    const shown = typeof channel === 'string' ? ` ${JSON.stringify(channel.slice(0, 64))}` : '';
    throw new TypeError(`$.send.sse: the channel${shown} ${fault}.`);
  }
  if (payload === undefined) {
    throw new TypeError(
      `$.send.sse needs a payload, and for the channel ${JSON.stringify(channel)} has none.`,
    );
  }
  return { channel: channel as string, payload };
}
