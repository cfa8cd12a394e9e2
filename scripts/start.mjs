// `npm start`: builds what has changed and starts Runnel with its demo, in this very process, so that signals reach it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.env.RUNNEL_DEMO ||= '1';
process.stderr.write('Building Runnel …\n');
// A process of its own takes the compilers with it when it ends.
const builder = fileURLToPath(new URL('quick-build.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [builder], { stdio: 'inherit' });
process.exitCode = status ?? 1;
if (status === 0) await import('../dist/apps/standalone/src/main.js');
