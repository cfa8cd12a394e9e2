import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A path in the project, wherever this runs from: the sources or `dist/`. */
export function inProject(path: string): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'docker-compose.yml'))) {
    if (dir === dirname(dir)) throw new Error('This does not run inside of the project.');
    dir = dirname(dir);
  }
  return join(dir, path);
}
