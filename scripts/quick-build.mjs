// Builds what `npm start` needs: dist/ as `npm run build` writes it, but without looking at types, and only what has
// changed. Seconds rather than half a minute, for whoever wants to see an event first.
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { buildClient } from './build-client.mjs';
import { buildConsole } from './build-console.mjs';
import { transpile } from './transpile.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
const sources = ts.parseJsonConfigFileContent(config, ts.sys, root).fileNames;
// What tsc knows of dist/ is no longer so: it writes all of it the next time.
if ((await transpile(root, sources)) > 0) await rm(join(root, 'dist/.tsbuildinfo'), { force: true });
await chmod(join(root, 'dist/apps/cli/src/main.js'), 0o755);
await Promise.all([buildClient({ withTypes: false }), buildConsole()]);
