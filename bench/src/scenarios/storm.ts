import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient } from '../client/load-client.js';
import { cpuMs } from '../measure/process-cost.js';
import { RunnelServer } from '../servers/runnel.js';
import { Feed } from './feed.js';
import type { Measurement, Scenario } from './scenario.js';

const CONNECTIONS = { quick: 2_000, full: 10_000 };
/** Milliseconds between two events, before, while and after the gateway is away. */
const EVENT_MS = 1_000;
const SIZE = 100;
/** Milliseconds within which all must be back. */
const PATIENCE_MS = 120_000;

export const storm: Scenario = {
  name: 'storm',
  title: 'Reconnects after a restart',
  minutes: { quick: 0.7, full: 1 },
  about:
    '10,000 connections (with --quick 2,000) to one stream, an event a second. The gateway is killed and started ' +
    'again; all clients come back 1 to 5 s after they lose their connection, as `retry:` has told them, again and ' +
    'again, with their cursor. Each must get every event, once.',
  figures: [
    {
      name: 'secondsAfterStart',
      title: 'Seconds from the moment the gateway listens until all are back',
      better: 'less',
      chart: false,
    },
    { name: 'cpuMsEach', title: 'CPU of the gateway for each reconnect, ms', better: 'less', chart: false },
  ],
  settings: { connections: '{} connections' },
  async run({ quick, connections, say }): Promise<Measurement[]> {
    const count = connections?.[0] ?? (quick ? CONNECTIONS.quick : CONNECTIONS.full);
    const server = await RunnelServer.start();
    try {
      const feed = new Feed(await server.openStream());
      await feed.send(1, SIZE);
      const client = await LoadClient.open({
        connections: count,
        addresses: [feed.stream.address],
        first: 1,
        eventsFirst: 1,
        resume: true,
      });
      try {
        const { secondsAfterStart, cpu } = await restart(server, client, feed);
        say(`${count} are back after ${secondsAfterStart.toFixed(1)} s`);
        return [
          {
            server: 'runnel',
            settings: { connections: count },
            figures: { secondsAfterStart, cpuMsEach: (cpu.gateway ?? 0) / count },
            rounds: [secondsAfterStart],
            cpuMs: cpu,
          },
        ];
      } finally {
        await client.close();
      }
    } finally {
      await server.stop();
    }
  },
};

async function restart(server: RunnelServer, client: LoadClient, feed: Feed) {
  const ticking = new AbortController();
  const publishing = publish(feed, ticking.signal);
  // Awaited below, unless something else fails first: then that is what there is to tell.
  publishing.catch(() => undefined);
  await sleep(2 * EVENT_MS);
  await server.system.gateways[0]?.restart();
  const listeningAt = performance.now();
  // The gateway's time counts from its own beginning; starting up is part of it.
  while ((await client.settle()).open < client.connections) {
    if (performance.now() - listeningAt > PATIENCE_MS) throw new Error('Not all clients came back.');
    await sleep(50);
  }
  const secondsAfterStart = (performance.now() - listeningAt) / 1_000;
  const cpu = cpuMs(server.processes.filter(({ role }) => role === 'gateway'));
  ticking.abort();
  await publishing;
  // One event is there from before; everything else must have come by now or come soon.
  await client.receive(feed.count - 1);
  await client.settle();
  return { secondsAfterStart, cpu };
}

async function publish(feed: Feed, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await feed.send(1, SIZE);
    await sleep(EVENT_MS, undefined, { signal: end }).catch(() => undefined);
  }
}
