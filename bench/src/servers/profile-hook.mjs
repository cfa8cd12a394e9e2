// Loaded into a gateway with --import: a CPU profile of its whole life, written as it ends.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const INTERVAL_US = 500;

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
session.post('Profiler.start');
process.on('exit', () => {
  // Answered before it returns, since the inspector runs in this thread.
  session.post('Profiler.stop', (_error, answer) => {
    if (answer === undefined) return;
    const file = `${process.env.RUNNEL_BENCH_PROFILES}/gateway-${process.pid}.cpuprofile`;
    writeFileSync(file, JSON.stringify(answer.profile));
  });
});
