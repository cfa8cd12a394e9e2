import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Builds Runnel and runs a program beside it from its sources: what only serves tests and measurements is not built.
 * Exits as the program does. Ctrl-C reaches both; this process waits for the other to stop what it has started.
 *
 * @param program where it is, seen from this folder
 */
export async function buildAndRun(program, args = []) {
  process.stderr.write('Building Runnel …\n');
  await import('./build.mjs');
  if (process.exitCode) return;
  const at = (path) => fileURLToPath(new URL(path, import.meta.url));
  const loading = ['--conditions=runnel-source', '--import', at('./run-typescript.mjs')];
  const child = spawn(process.execPath, [...loading, at(program), ...args], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
