import { readFileSync } from 'node:fs';

/** The version in the nearest package.json above: built code lies deeper than its sources. */
export function version(): string {
  for (let at = new URL('.', import.meta.url); at.pathname !== '/'; at = new URL('..', at)) {
    try {
      const file = readFileSync(new URL('package.json', at), 'utf8');
      return (JSON.parse(file) as { version: string }).version;
    } catch {
      // Not in this directory.
    }
  }
  return 'unknown';
}
