// `npm run audit`: fails when a dependency that is shipped has a known vulnerability of high severity or worse, or is
// not pinned by its hash. Where the registry has no advisories to ask for, it says so and passes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SEVERE = ['high', 'critical'];
/** Milliseconds that the registry may take. */
const PATIENCE_MS = 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
const unpinned = Object.entries(packages)
  .filter(([path, { integrity, link, inBundle }]) => path !== '' && !link && !inBundle && !integrity)
  .map(([path]) => path);
for (const path of unpinned) console.error(`${path} is not pinned by a hash in package-lock.json`);

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: root,
  encoding: 'utf8',
  timeout: PATIENCE_MS,
});
const report = read(stdout);
const severe = Object.values(report?.vulnerabilities ?? {}).filter(({ severity }) =>
  SEVERE.includes(severity),
);
for (const { name, severity, range } of severe) console.error(`${name} ${range}: ${severity}`);
if (report?.vulnerabilities === undefined) {
  console.log('The registry could not be asked for advisories; the hashes were looked at all the same.');
} else {
  const { info = 0, low = 0, moderate = 0 } = report.metadata?.vulnerabilities ?? {};
  console.log(`Known vulnerabilities: ${severe.length} severe, ${info + low + moderate} others.`);
}
process.exitCode = severe.length + unpinned.length === 0 ? 0 : 1;

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
