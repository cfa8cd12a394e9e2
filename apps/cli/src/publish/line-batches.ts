import { MAX_BATCH_EVENTS } from '#libs/contracts';
import { UsageError } from '../failure.js';

/** Characters of lines that are sent together, unless one line alone has more. */
const BATCH_CHARACTERS = 512 * 1024;
/** Longest line: far more than the largest event. */
const MAX_LINE = 4 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a text that comes piece by piece, together as they come: many at once from a file, one by one from
 * a program that writes now and then. What has come is never kept waiting for more. Empty lines are left out.
 *
 * @throws UsageError for a line of over 4 MiB
 */
export async function* lineBatches(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Line[], void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let read = 0;
  const numbered = (texts: readonly string[]) =>
    texts.map((text) => ({ number: ++read, text })).filter(({ text }) => text.trim() !== '');
  for await (const chunk of chunks) {
    const texts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = texts.pop() as string;
    if (rest.length > MAX_LINE) throw new UsageError(`Line ${read + texts.length + 1} is too long.`);
    yield* batches(numbered(texts));
  }
  yield* batches(numbered([rest + decoder.decode()]));
}

function* batches(lines: readonly Line[]): Generator<Line[]> {
  let batch: Line[] = [];
  let characters = 0;
  for (const line of lines) {
    const full = batch.length === MAX_BATCH_EVENTS || characters + line.text.length > BATCH_CHARACTERS;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(line);
    characters += line.text.length;
  }
  if (batch.length > 0) yield batch;
}
