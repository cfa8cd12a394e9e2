import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a browser of this machine is: what the variable says, or the first of the names on the PATH. */
export function installed(variable: string, names: readonly string[]): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)));
  return [process.env[variable] ?? '', ...onPath].find((path) => path !== '' && existsSync(path));
}
