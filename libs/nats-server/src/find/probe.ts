import { execFile } from 'node:child_process';
import { isNewEnough, MINIMUM_VERSION, versionIn } from './version.js';

/** A first run from a slow disk takes a second or two; what has not answered by then hangs. */
const PROBE_TIMEOUT_MS = 10_000;

export type Probe = { readonly version: string } | { readonly fault: string };

/**
 * Asks a binary for its version by running it: the only proof that it suits this machine's processor, libc
 * and mount options.
 *
 * @returns its version, or what is wrong as words that follow the path; never rejects
 */
export function probe(path: string): Promise<Probe> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: PROBE_TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error !== null) return resolve({ fault: faultOf(error) });
      const version = versionIn(stdout);
      if (version === undefined) return resolve({ fault: 'does not answer --version as nats-server does' });
      if (!isNewEnough(version)) {
        return resolve({ fault: `is version ${version}, and ${MINIMUM_VERSION} or newer is needed` });
      }
      return resolve({ version });
    });
  });
}

function faultOf(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.code === 'ENOENT') return 'does not exist';
  if (error.code === 'EACCES') return 'may not be executed';
  if (error.killed) return `did not answer --version in ${PROBE_TIMEOUT_MS / 1000} s`;
  if (typeof error.code === 'number') return `exits with ${error.code} when asked for its version`;
  return `cannot be run (${error.code ?? error.message})`;
}
