import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventually } from '../fixtures/eventually.js';
import { waitForQuorum } from './quorum.js';
import { type NatsCluster, startNatsCluster } from './start-nats-cluster.js';

describe('startNatsCluster', () => {
  let cluster: NatsCluster;
  beforeAll(async () => {
    cluster = await startNatsCluster({ size: 3 });
  }, 60_000);
  afterAll(() => cluster?.stop());

  it('makes streams of three replicas at once', async () => {
    const nc = await connect({ servers: [...cluster.urls] });
    const manager = await jetstreamManager(nc);
    const { cluster: info } = await manager.streams.add({ name: 'S', subjects: ['s'], num_replicas: 3 });
    expect(info?.replicas).toHaveLength(2);
    expect((await jetstream(nc).publish('s')).seq).toBe(1);
    await nc.close();
  });

  it('goes on without a server that was killed, and has it back on the same address', async () => {
    const [first] = cluster.servers;
    if (first === undefined) throw new Error('no server');
    const { url } = first;
    first.kill('SIGKILL');
    await first.exited;
    await first.restart();
    expect(first.url).toBe(url);
    await waitForQuorum(cluster.servers, 30_000);
    const nc = await connect({ servers: url });
    const manager = await jetstreamManager(nc);
    // The stream elects a leader of its own, some moments after the cluster has one.
    const { state } = await eventually(() => manager.streams.info('S'));
    expect(state.messages).toBe(1);
    await nc.close();
  }, 60_000);

  it('leaves nothing running when it is stopped, and may be stopped again', async () => {
    await cluster.stop();
    await cluster.stop();
    for (const { pid } of cluster.servers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
