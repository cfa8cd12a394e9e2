// `npm test`: builds, finds or fetches nats-server once for all tests, runs the unit specs in parallel and then the
// specs that cross processes, two files at a time. Ends with one line: `N passed, N failed`. Arguments name other
// projects of jest.config.js to run: `npm run test:faults`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
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

/** They wait more than they compute; each file has a process of its own, so what it forgets to close shows. */
const LANES = 2;
/** Milliseconds after which a file counts as hanging. */
const FILE_LIMIT_MS = 10 * 60_000;

const projects = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'e2e'];
for (const project of projects) {
  if (project === 'unit') await run('unit', ['--selectProjects=unit'], 'inherit');
  else await runFiles(project);
}
rmSync(results, { recursive: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;

async function runFiles(project) {
  const files = listFiles(project);
  const lane = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      await run(file, [`--selectProjects=${project}`, '--runInBand', '--runTestsByPath', file], 'pipe');
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** The largest first: most often the longest, which should not begin last. */
function listFiles(project) {
  const args = [...node, jest, `--selectProjects=${project}`, '--listTests'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const sizes = stdout
    .split('\n')
    .filter((line) => line.endsWith('.spec.ts'))
    .map((file) => [file, statSync(file).size]);
  return sizes.sort(([, a], [, b]) => b - a).map(([file]) => file);
}

/** @param stderr `pipe` keeps together what a file prints */
async function run(name, options, stderr) {
  const outputFile = join(results, `${name.replace(/\W/g, '_')}.json`);
  // The results go to the file; what --json would print as well is of no use to a person.
  const args = [...node, jest, '--json', `--outputFile=${outputFile}`, ...options];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', stderr] });
  const printed = [];
  child.stderr?.on('data', (chunk) => printed.push(chunk));
  const limit = setTimeout(() => child.kill('SIGKILL'), name === 'unit' ? 2 * FILE_LIMIT_MS : FILE_LIMIT_MS);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  process.stderr.write(Buffer.concat(printed));
  try {
    const summary = JSON.parse(readFileSync(outputFile, 'utf8'));
    passed += summary.numPassedTests;
    failed += summary.numFailedTests + summary.numRuntimeErrorTestSuites;
    skipped += summary.numPendingTests;
    if (status !== 0 && summary.numFailedTests + summary.numRuntimeErrorTestSuites === 0) failed += 1;
  } catch {
    console.error(`${name} did not end by itself.`);
    failed += 1;
  }
}
