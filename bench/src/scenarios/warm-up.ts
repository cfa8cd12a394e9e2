import { LoadClient } from '../client/load-client.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';

/** Events after which a server in JavaScript has compiled what it needs for one. */
const EVENTS = { quick: 300, full: 5_000 };
const SIZE = 100;

/**
 * Has a server do for a while, to one connection, what it is going to be measured at: a service runs for weeks, and its
 * first thousands of events cost up to four times what all others do.
 */
export async function warmUp(server: BenchServer, quick: boolean): Promise<void> {
  const feed = new Feed(await server.openStream());
  const client = await LoadClient.open({
    connections: 1,
    addresses: [feed.stream.address],
    first: 1,
    server,
  });
  try {
    const events = quick ? EVENTS.quick : EVENTS.full;
    for (let n = 0; n < events; n += 1) await feed.send(1, SIZE);
    await client.receive(events);
    await client.settle();
  } finally {
    await client.close();
  }
}
