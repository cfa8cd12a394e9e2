// Builds all apps and libraries into dist/, and the files for browsers. tsc keeps track of what has changed, so that
// little is done when nothing has: tests, benchmarks and other scripts call this every time.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildClient } from './build-client.mjs';
import { buildConsole } from './build-console.mjs';

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
if (status === 0) {
  // So that the command can be run as a file, which a link to it needs.
  chmodSync(new URL('../dist/apps/cli/src/main.js', import.meta.url), 0o755);
  await buildClient();
  await buildConsole();
}
