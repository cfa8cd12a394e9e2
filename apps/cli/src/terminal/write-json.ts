import type { Io } from '../io.js';
import { unicodeEscape } from './visible.js';

/** Characters that JSON allows in strings and that a terminal, or a reader of lines, may take for something else. */
const TROUBLESOME = /[\u007f-\u009f\u2028\u2029]/g;

/** The same JSON, with such characters escaped. */
export function safeJson(json: string): string {
  return json.replace(TROUBLESOME, unicodeEscape);
}

/** Writes a value for people and programs alike. */
export async function writeJson(io: Io, value: unknown): Promise<void> {
  await io.stdout.write(`${safeJson(JSON.stringify(value, null, 2))}\n`);
}
