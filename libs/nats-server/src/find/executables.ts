import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Every executable file of this name on the PATH, in its order. Relative entries are left alone: they would
 * run what lies in any directory Runnel happens to be started from.
 */
export async function executables(name: string, path: string | undefined): Promise<string[]> {
  const candidates = (path ?? '').split(delimiter).filter(isAbsolute);
  const found: string[] = [];
  for (const directory of candidates) {
    const file = join(directory, name);
    if (await isExecutable(file)) found.push(file);
  }
  return found;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
