import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { StepFile } from '#libs/sdk';
import { UsageError } from '../failure.js';

/**
 * The files of a run, in order: the arguments, or those of `--step name=file`.
 *
 * @throws UsageError when there are none, or both, and for a file that is not there
 */
export async function stepFiles(
  files: readonly string[],
  named: readonly string[],
): Promise<readonly StepFile[]> {
  if (files.length > 0 && named.length > 0) {
    throw new UsageError('Give either files or --step, so that the order of the steps is clear.');
  }
  if (files.length + named.length === 0) throw new UsageError('Name the file of a step, or several.');
  return Promise.all([...files.map((path) => stepFile(path)), ...named.map(namedFile)]);
}

function namedFile(text: string): Promise<StepFile> {
  const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new UsageError(`"${text}" is not of the form name=file.`);
  }
  return stepFile(path, name);
}

/** Looks for the file itself, since a failed import does not say whether it or one that it needs is missing. */
async function stepFile(path: string, name?: string): Promise<StepFile> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read: ${error.code}.`);
  });
  if (!found.isFile()) throw new UsageError(`${path} is not a file.`);
  return { url: pathToFileURL(path).href, name };
}
