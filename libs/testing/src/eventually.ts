/** Milliseconds for which a condition is awaited when the caller does not say. */
const PATIENCE_MS = 20_000;

/**
 * Waits until a condition holds, looking every few milliseconds.
 *
 * @param what for the error when it never does
 * @returns what the probe returned, once that is truthy
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + patienceMs;
  let failure: unknown;
  do {
    try {
      const value = await probe();
      if (value) return value as NonNullable<Exclude<T, false>>;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  } while (performance.now() < deadline);
  throw new Error(`Did not happen within ${patienceMs} ms: ${what}`, { cause: failure });
}
