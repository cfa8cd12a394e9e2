// Builds what `npm start` needs: dist/ as `npm run build` writes it, but without looking at types, and only what has
// changed. Seconds rather than half a minute, for whoever wants to see an event first.
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import ts from 'typescript';
import { buildClient } from './build-client.mjs';
import { buildConsole } from './build-console.mjs';
import { TRANSFORM } from './transform.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
const sources = ts.parseJsonConfigFileContent(config, ts.sys, root).fileNames;
const written = await Promise.all(sources.map(transpile));
// What tsc knows of dist/ is no longer so: it writes all of it the next time.
if (written.includes(true)) await rm(join(root, 'dist/.tsbuildinfo'), { force: true });
await chmod(join(root, 'dist/apps/cli/src/main.js'), 0o755);
await Promise.all([buildClient({ withTypes: false }), buildConsole()]);

/** Writes one file, unless what is there is newer. Returns whether it did. */
async function transpile(source) {
  const out = resolve(root, 'dist', relative(root, source).replace(/\.ts$/, '.js'));
  const [{ mtimeMs }, made] = await Promise.all([stat(source), stat(out).catch(() => undefined)]);
  if (made !== undefined && made.mtimeMs > mtimeMs) return false;
  const { code, map } = await transformFile(source, { ...TRANSFORM, sourceMaps: true });
  await mkdir(dirname(out), { recursive: true });
  await writeFile(`${out}.map`, map);
  await writeFile(out, `${code}//# sourceMappingURL=${basename(out)}.map\n`);
  return true;
}
