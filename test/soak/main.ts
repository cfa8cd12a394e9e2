import { readFileSync } from 'node:fs';
import { type ServiceProcess, type System, startSystem } from '#libs/testing';
import { Dice } from './dice.js';
import { playRound } from './round.js';

// `npm run soak -- <minutes> [seed]`: breaks a cluster at random, round after round, and checks every promise after each.

const USAGE = 'npm run soak -- <minutes, 5 if left out> [seed of what is broken, for doing the same again]';
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;

const [minutes = 5, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number);
if (!(minutes > 0 && Number.isInteger(seed))) {
  console.error(USAGE);
  process.exit(2);
}
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
  console.log(memoryOf(soaked));
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
  console.log(memoryOf(soaked));
  console.log(
    `Every promise held in ${sums.rounds} rounds: ${sums.confirmed} events confirmed, ${sums.heard} heard, ` +
      `the slowest recovery ${seconds(sums.slowestMs)}.`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Resident memory of the services, where the system shows it. A process that was restarted begins anew. */
function memoryOf({ auth, ingests, gateways }: System): string {
  const of = ({ pid }: ServiceProcess) => {
    try {
      const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return `${Math.round((Number(kib) * 1024) / MIB)} MiB`;
    } catch {
      return 'not shown here';
    }
  };
  const list = (services: readonly ServiceProcess[]) => services.map(of).join(' and ');
  return `Memory: auth ${of(auth)}, ingest ${list(ingests)}, gateways ${list(gateways)}.`;
}
