import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';

/**
 * The event that sets a run off: JSON as it stands, from `@file`, or from standard input for `-`.
 *
 * @returns undefined when none is given
 * @throws UsageError for what cannot be read, or is no JSON
 */
export async function readEvent(io: Io, argument: string | undefined): Promise<unknown> {
  if (argument === undefined) return undefined;
  const json = await textOf(io, argument);
  try {
    return JSON.parse(json);
  } catch {
    throw new UsageError(
      `The event is not JSON. A string needs its quotes: '${JSON.stringify(json.trim())}'`,
    );
  }
}

/** No JSON begins with `@`, nor is `-` any. */
async function textOf(io: Io, argument: string): Promise<string> {
  if (argument === '-') return text(io.stdin.chunks);
  if (!argument.startsWith('@')) return argument;
  const path = argument.slice(1);
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read: ${error.code}.`);
  });
}
