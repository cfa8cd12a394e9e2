import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { transformFile } from '@swc/core';
import { TRANSFORM } from './transform.mjs';

/**
 * Writes the JavaScript of TypeScript sources into `dist`, each where tsc would, without looking at types; what is newer
 * than its source is left as it is.
 *
 * @param root the folder that `dist` is in
 * @param sources absolute paths below the root
 * @returns how many were written
 */
export async function transpile(root, sources) {
  const written = await Promise.all(sources.map((source) => transpileOne(root, source)));
  return written.filter(Boolean).length;
}

async function transpileOne(root, source) {
  const out = resolve(root, 'dist', relative(root, source).replace(/\.ts$/, '.js'));
  const [{ mtimeMs }, made] = await Promise.all([stat(source), stat(out).catch(() => undefined)]);
  if (made !== undefined && made.mtimeMs > mtimeMs) return false;
  const { code, map } = await transformFile(source, { ...TRANSFORM, sourceMaps: true });
  await mkdir(dirname(out), { recursive: true });
  await writeFile(`${out}.map`, map);
  // Half a file, of a build that was stopped, would be taken for a whole one by the next.
  await writeFile(`${out}.part`, `${code}//# sourceMappingURL=${basename(out)}.map\n`);
  await rename(`${out}.part`, out);
  return true;
}
