import { z } from 'zod';

const WHOLE_NUMBER = /^-?(?:0|[1-9][0-9]*)$/;
const TRUTH: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/**
 * A whole number in plain decimal digits. Stricter than `z.coerce.number()`, which takes `1e3`, `0x10` and
 * white space: what looks like a slip in an environment file is one.
 */
export function wholeNumber(min: number, max: number) {
  const words = `whole number, ${min} to ${max}`;
  const message = `must be a ${words}`;
  return z
    .string()
    .regex(WHOLE_NUMBER, { message, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { message })
    .describe(words);
}

/** `1` or `true`, `0` or `false`. */
export function yesNo() {
  return z
    .string()
    .refine((text) => Object.hasOwn(TRUTH, text), { message: 'must be 0, 1, true or false', abort: true })
    .transform((text) => TRUTH[text] === true)
    .describe('0, 1, true or false');
}

/** One of a few words, spelled exactly. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W) {
  const list = words.join(', ');
  return z.enum(words, { message: `must be one of ${list}` }).describe(`one of ${list}`);
}

/** Text without control characters. */
export function plainText(words = 'text') {
  return z
    .string()
    .refine((text) => !/\p{Cc}/u.test(text), { message: 'must not contain control characters' })
    .describe(words);
}

/** Comma-separated parts; white space around a part is dropped and an empty part refused. */
export function commaSeparated(words: string, faultOf: (part: string) => string | undefined) {
  return z
    .string()
    .transform((text, context): readonly string[] => {
      const parts = text.split(',').map((part) => part.trim());
      for (const part of parts) {
        const fault = part === '' ? 'must not have an empty part' : faultOf(part);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
      }
      return parts;
    })
    .describe(words);
}

/** A share of a whole, as a decimal fraction. */
export function share() {
  const words = 'number, 0 to 1';
  return z
    .string()
    .regex(/^(?:0(?:\.\d{1,12})?|1(?:\.0{1,12})?)$/, { message: `must be a ${words}` })
    .transform(Number)
    .describe(words);
}

const NOT_A_PAIR = 'must have parts of the form name=value, with what is special in values percent-encoded';

/** Names with values, as the OpenTelemetry specification writes them: `a=1,b=2`. */
export function keyValues(words: string) {
  return commaSeparated(words, (part) => (pairIn(part) === undefined ? NOT_A_PAIR : undefined))
    .transform(
      (parts): Readonly<Record<string, string>> =>
        Object.fromEntries(parts.map((part) => pairIn(part) ?? ['', ''])),
    )
    .describe(words);
}

function pairIn(part: string): readonly [string, string] | undefined {
  const [, name, value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(part) ?? [];
  if (name === undefined) return undefined;
  try {
    return [name, decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}
