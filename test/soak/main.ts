import { parseArgs } from 'node:util';
import { type System, startSystem } from '#libs/testing';
import { Dice } from './dice.js';
import { playRound } from './round.js';
import { expectNoTraces, holdings, inWords } from './traces.js';

// `npm run soak`: breaks a cluster at random, round after round, and checks every promise after each; then, that nothing
// is left of the load.

const USAGE = 'npm run soak -- [--minutes 5] [--seed <what is broken, for doing the same again>]';
const MINUTE_MS = 60_000;

const { minutes, seed } = settings();
let stopping = false;
process.once('SIGINT', () => {
  stopping = true;
  console.log('Ending after this round.');
});

console.log(`Seed ${seed}. Starting three nats-servers, auth, two of ingest, two gateways.`);
const system = await startSystem({
  natsServers: 3,
  ingests: 2,
  gateways: 2,
  // Whoever comes while NATS is away is held for longer than anything is broken here: an EventSource gives up on a 503.
  env: { RUNNEL_SUBSCRIBE_PATIENCE_MS: '60000' },
});
try {
  await soak(system, new Dice(seed));
} catch (error) {
  process.exitCode = 1;
  console.error(error);
  console.error(`A promise was broken. Seed ${seed}.`);
} finally {
  await system.stop();
}

async function soak(soaked: System, dice: Dice): Promise<void> {
  const end = performance.now() + minutes * MINUTE_MS;
  const sums = { rounds: 0, confirmed: 0, heard: 0, slowestMs: 0 };
  const before = holdings(soaked);
  console.log(inWords(before));
  while (performance.now() < end && !stopping) {
    const { faults, confirmed, heard, recoveryMs } = await playRound(soaked, dice);
    sums.rounds += 1;
    sums.confirmed += confirmed;
    sums.heard += heard;
    sums.slowestMs = Math.max(sums.slowestMs, recoveryMs);
    const what = faults.join(', ') || 'nothing broken';
    console.log(
      `${sums.rounds}. ${what}: ${confirmed} confirmed, ${heard} heard, flowing after ${seconds(recoveryMs)}`,
    );
  }
  await expectNoTraces(soaked, before);
  console.log(inWords(holdings(soaked)));
  console.log(
    `Every promise held in ${sums.rounds} rounds: ${sums.confirmed} events confirmed, ${sums.heard} heard, ` +
      `the slowest recovery ${seconds(sums.slowestMs)}.`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function settings(): { minutes: number; seed: number } {
  try {
    const options = { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } } as const;
    const { values } = parseArgs({ options });
    const minutes = Number(values.minutes);
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
    if (!(minutes > 0 && Number.isInteger(seed))) throw new RangeError('Both are numbers.');
    return { minutes, seed };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}
