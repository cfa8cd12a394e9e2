import { eventCursor } from '#libs/contracts';
import { encodeFrame } from '#libs/sse';

/** One event of one of the streams, as a merged connection sends it. */
export interface MergedEvent {
  /** The stream's id. */
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly channel: string | undefined;
  /** The bytes that subscribers of the stream alone get, shared with them: see {@link encodeEvent}. */
  readonly frame: Buffer;
}

const LF = 0x0a;

/** The event's bytes with another id, in an envelope if one is asked for. */
export function mergedFrame(event: MergedEvent, id: string, envelope: boolean): Buffer {
  if (envelope) return enveloped(event, id);
  const { frame } = event;
  // An event's frame begins with its id line; all the rest is as in the stream alone.
  return Buffer.concat([Buffer.from(`id: ${id}\n`), frame.subarray(frame.indexOf(LF) + 1)]);
}

function enveloped({ stream, epoch, seq, at, channel, frame }: MergedEvent, id: string): Buffer {
  const labels = { stream, channel: channel ?? null, id: eventCursor(epoch, seq), ts: at };
  // The payload is JSON text already: put in as it is, so that numbers keep all their digits.
  const data = `${JSON.stringify(labels).slice(0, -1)},"payload":${dataOf(frame)}}`;
  return encodeFrame({ id, event: channel, data });
}

/** The text that clients make of a frame's data lines. */
function dataOf(frame: Buffer): string {
  const lines = frame.toString().split('\n');
  return lines
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length))
    .join('\n');
}
