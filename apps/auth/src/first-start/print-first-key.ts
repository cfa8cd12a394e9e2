import type { FirstAdminKey } from './ensure-first-admin-key.js';

/**
 * Shows a key that this start has made, as a line of its own among those of the log, which hides keys. A
 * configured key is known to whoever configured it.
 */
export function printFirstKey(
  first: FirstAdminKey | undefined,
  configuredKey: string | undefined,
  print: (text: string) => void,
): void {
  if (first?.key === undefined || configuredKey !== undefined) return;
  print(`The first admin key, shown only now: ${first.key}\n`);
}
