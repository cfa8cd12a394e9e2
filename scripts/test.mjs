// `npm test`: builds, finds or fetches nats-server once for all tests, runs the unit specs in parallel and then the
// specs that cross processes, two files at a time. Files that failed run once more, alone: what a machine under load was
// too slow for passes then, and is named. Ends with one line: `N passed, N failed`. Arguments name other projects of
// jest.config.js to run: `npm run test:faults`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = join(root, 'node_modules/jest/bin/jest.js');
const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const results = mkdtempSync(join(tmpdir(), 'runnel-results-'));
/** What each file of specs came to; a second run counts in place of the first. */
const outcomes = new Map();

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
/** Files that may have been unlucky at once: more are no accident, and their first failure is the best to read. */
const SECOND_RUNS = 3;

const projects = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'e2e'];
for (const project of projects) {
  if (project === 'unit') await run('unit', project, [], 'inherit');
  else await runFiles(project);
}
await runAgain();
rmSync(results, { recursive: true });
const sum = (what) => [...outcomes.values()].reduce((total, outcome) => total + outcome[what], 0);
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;

async function runAgain() {
  const unlucky = [...outcomes].filter(([, { failed, mayRunAgain }]) => failed > 0 && mayRunAgain);
  if (unlucky.length > SECOND_RUNS) return;
  for (const [file, { project }] of unlucky) {
    console.error(`Once more, alone: ${file}`);
    await runFile(file, project);
    if (outcomes.get(file).failed === 0) console.error(`Passed when it ran alone, look into it: ${file}`);
  }
}

async function runFiles(project) {
  const files = listFiles(project);
  const lane = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      await runFile(file, project);
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

function runFile(file, project) {
  return run(file, project, ['--runInBand', '--runTestsByPath', file], 'pipe');
}

/** @param stderr `pipe` keeps together what a file prints */
async function run(name, project, options, stderr) {
  const outputFile = join(results, `${name.replace(/\W/g, '_')}.json`);
  // The results go to the file; what --json would print as well is of no use to a person.
  const args = [
    ...node,
    jest,
    '--json',
    `--outputFile=${outputFile}`,
    `--selectProjects=${project}`,
    ...options,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', stderr] });
  const printed = [];
  child.stderr?.on('data', (chunk) => printed.push(chunk));
  const limit = setTimeout(() => child.kill('SIGKILL'), name === 'unit' ? 2 * FILE_LIMIT_MS : FILE_LIMIT_MS);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  process.stderr.write(Buffer.concat(printed));
  const endsBadly = () =>
    outcomes.set(`${name}, its end`, { passed: 0, failed: 1, skipped: 0, mayRunAgain: false });
  try {
    const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8'));
    for (const { name: file, assertionResults, status } of testResults) {
      const count = (wanted) => assertionResults.filter((result) => result.status === wanted).length;
      const failed = count('failed') || (status === 'failed' ? 1 : 0);
      outcomes.set(file, {
        project,
        passed: count('passed'),
        failed,
        skipped: count('pending'),
        mayRunAgain: true,
      });
    }
    if (status !== 0 && testResults.every((result) => result.status === 'passed')) endsBadly();
  } catch {
    console.error(`${name} did not end by itself.`);
    endsBadly();
  }
}
