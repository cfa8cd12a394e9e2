// `npm test`: builds, finds or fetches nats-server once for all tests, runs the unit specs in parallel and then the
// specs that cross processes one after another. Ends with one line: `N passed, N failed`. Arguments name other
// projects of jest.config.js to run: `npm run test:faults`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = join(root, 'node_modules/jest/bin/jest.js');
const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const results = mkdtempSync(join(tmpdir(), 'runnel-results-'));
let passed = 0;
let failed = 0;
let skipped = 0;

await import('./build.mjs');
if (process.exitCode) process.exit();
const { findNatsServer } = await import('../dist/libs/nats-server/src/index.js');
const nats = await findNatsServer({ onProgress: ({ message }) => console.error(message) });
console.log(`nats-server ${nats.version} (${nats.origin})`);
process.env.NATS_SERVER_BIN = nats.path;

const projects = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'e2e'];
for (const project of projects) run(project, project === 'unit' ? [] : ['--runInBand']);
rmSync(results, { recursive: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;

function run(project, options) {
  const outputFile = join(results, `${project}.json`);
  const args = [
    ...node,
    jest,
    `--selectProjects=${project}`,
    '--json',
    `--outputFile=${outputFile}`,
    ...options,
  ];
  // The results go to the file; what --json would print as well is of no use to a person.
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const summary = JSON.parse(readFileSync(outputFile, 'utf8'));
    passed += summary.numPassedTests;
    failed += summary.numFailedTests + summary.numRuntimeErrorTestSuites;
    skipped += summary.numPendingTests;
    if (status !== 0 && summary.numFailedTests + summary.numRuntimeErrorTestSuites === 0) failed += 1;
  } catch {
    failed += 1;
  }
}
