/** What each payload says of itself, so that whoever gets it can check it. */
export interface Stamp {
  /** Number of the event in its stream, from 1. */
  readonly n: number;
  /** When it was handed to the server, in microseconds of {@link nowUs}. */
  readonly sentUs: number;
  /** Length that the payload says it has, in bytes. */
  readonly size: number;
}

/**
 * A JSON object of exactly `size` bytes, ASCII only.
 *
 * @throws RangeError where that is too few for the numbers in it: 64 are always enough
 */
export function makePayload(n: number, sentUs: number, size: number): string {
  const head = `{"n":${n},"t":${Math.round(sentUs)},"s":${size},"p":"`;
  const padding = size - head.length - 2;
  if (padding < 0) throw new RangeError(`A payload cannot have ${size} bytes.`);
  return `${head}${'x'.repeat(padding)}"}`;
}

/** Reads the stamp of a payload from its bytes, or undefined when it is none of {@link makePayload}'s. */
export function readStamp(bytes: Buffer, from: number, to: number): Stamp | undefined {
  const n = numberAt(bytes, from, 0x6e);
  if (n === undefined) return undefined;
  const t = numberAt(bytes, n.end, 0x74);
  if (t === undefined) return undefined;
  const s = numberAt(bytes, t.end, 0x73);
  if (s === undefined || bytes[to - 2] !== QUOTE || bytes[to - 1] !== BRACE) return undefined;
  return { n: n.value, sentUs: t.value, size: s.value };
}

const QUOTE = 0x22;
const BRACE = 0x7d;
const COLON = 0x3a;

/** The digits behind `?"k":`, where `?` is the brace or the comma before the field. */
function numberAt(bytes: Buffer, at: number, key: number): { value: number; end: number } | undefined {
  if (bytes[at + 2] !== key || bytes[at + 4] !== COLON) return undefined;
  let value = 0;
  let end = at + 5;
  for (let byte = bytes[end] as number; byte >= 0x30 && byte <= 0x39; byte = bytes[++end] as number) {
    value = value * 10 + (byte - 0x30);
  }
  return end === at + 5 ? undefined : { value, end };
}

// performance.now() counts from the start of its process; the clock behind it is the machine's.
const offsetUs = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

/** Microseconds of a clock that all processes of this machine share. */
export function nowUs(): number {
  return offsetUs + performance.now() * 1_000;
}
