import type { Io } from '../io.js';

/** Milliseconds after which a user wants to know what is waited for. */
const NOTICE_MS = 1_000;

/** Says on standard error what is waited for, unless it has come before that takes long. Returns what ends it. */
export function noticeLater(io: Io, text: string): () => void {
  const timer = setTimeout(() => void io.stderr.write(`${text}\n`), NOTICE_MS).unref();
  return () => clearTimeout(timer);
}
