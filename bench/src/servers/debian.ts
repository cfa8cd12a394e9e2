import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PACKAGES = ['nginx-light', 'libnginx-mod-nchan', 'pushpin', 'condure', 'zurl'];

/**
 * Installs the peers that Debian packages, where they are missing and may be installed: as root, with apt. Elsewhere
 * nothing happens, and the report says which peers were left out.
 */
export function installPeers(): void {
  const isMissing = (name: string) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const missing = PACKAGES.filter(isMissing);
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(', ')} from Debian (--no-install leaves them out) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => execFileSync('apt-get', ['-qq', ...args], { env, stdio: 'inherit' });
  try {
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...missing);
  } catch (error) {
    console.error(`That did not work: ${error instanceof Error ? error.message : error}`);
  }
}
