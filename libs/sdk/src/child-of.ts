/**
 * Aborts with its parent, or by itself. Whoever makes one aborts it in the end, or the parent keeps it.
 *
 * @param parent left out: only by itself
 */
export function childOf(parent: AbortSignal | undefined): AbortController {
  const child = new AbortController();
  const { signal } = child;
  const abort = () => child.abort();
  if (parent?.aborted) abort();
  parent?.addEventListener('abort', abort, { signal });
  return child;
}
