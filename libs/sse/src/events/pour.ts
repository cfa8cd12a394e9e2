/** What can be poured: arrays, generators, and whatever else gives values one after the other. */
export type Source = Iterable<unknown> | AsyncIterable<unknown>;

/** A Node or web stream, or anything else that gives chunks. */
export type ChunkSource = AsyncIterable<unknown>;

/** Takes a value. What it returns tells, perhaps later, whether to go on. */
export type Take = (value: unknown) => boolean | Promise<boolean>;

/**
 * Gives the values of a source to `take` one by one, each when the one before has been taken: whoever takes slowly
 * slows the source down.
 *
 * When the signal is aborted the source is told to stop, even while its next value is awaited.
 *
 * @returns true when the source came to its end, false when it was stopped before
 */
export async function pour(source: Source, take: Take, signal?: AbortSignal): Promise<boolean> {
  const iterator = each(source)[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const step = await unlessAborted(iterator.next(), signal);
      ended = step?.done === true;
      if (ended || step === undefined || !(await take(step.value))) return ended;
    }
  } finally {
    if (!ended) stop(source, iterator);
  }
}

/**
 * The same for a stream of bytes or text. A character whose bytes lie in two chunks is given with the second, and
 * chunks that are neither bytes nor text are given as they are.
 */
export async function pourChunks(source: ChunkSource, take: Take, signal?: AbortSignal): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const takeText = (text: string) => text === '' || take(text);
  const whole = await pour(
    source,
    (chunk) =>
      chunk instanceof Uint8Array ? takeText(decoder.decode(chunk, { stream: true })) : take(chunk),
    signal,
  );
  return whole && (await takeText(decoder.decode()));
}

/** Makes one kind of iterator of both kinds of sources, and waits for promises in an array. */
async function* each(source: Source): AsyncGenerator<unknown, void> {
  yield* source as AsyncIterable<unknown>;
}

/** The promise's value, or undefined if the signal is aborted before: a race that leaves nothing behind. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Ends a source that nobody takes from any more. Nobody waits for it: its next value may never come. */
function stop(source: Source, iterator: AsyncGenerator<unknown, void>): void {
  // A generator hears of it after its present value only; a Node stream can be told at once.
  if (typeof source === 'object' && 'destroy' in source && typeof source.destroy === 'function')
    source.destroy();
  iterator.return().catch(() => {});
}
