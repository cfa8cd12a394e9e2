// `npm run bench`: builds Runnel and runs the benchmarks against it, from their sources.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

await import('./build.mjs');
if (process.exitCode) process.exit();
const loader = fileURLToPath(new URL('./run-typescript.mjs', import.meta.url));
const main = fileURLToPath(new URL('../bench/src/main.ts', import.meta.url));
const args = ['--conditions=runnel-source', '--import', loader, main, ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
// Ctrl-C reaches both; this one waits for the other to stop what it has started.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
