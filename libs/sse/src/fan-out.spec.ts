import { describe, expect, it } from '@jest/globals';
import { FakeOutlet } from '../test/fake-connection.js';
import { settle, turn } from '../test/turns.js';
import { ByteLog } from './byte-log.js';
import { FanOut } from './fan-out.js';

function newFanOut(maxWaitingBytes = 100) {
  const log = new ByteLog(100);
  const cut: unknown[] = [];
  const fanOut = new FanOut<FakeOutlet>(log, { maxWaitingBytes, onCut: (owner) => cut.push(owner) });
  let key = 0;
  const publish = (text: string) => {
    key += 1;
    log.append(Buffer.from(text), { key });
    fanOut.wake();
  };
  const join = (afterKey = key) => {
    const client = new FakeOutlet();
    const reader = fanOut.add(client, client, log.positionAfter(afterKey));
    return { client, reader };
  };
  return { log, fanOut, cut, publish, join };
}

describe('FanOut', () => {
  it('brings every event to every client in order', async () => {
    const { publish, join } = newFanOut();
    const clients = Array.from({ length: 700 }, () => join().client);
    publish('a');
    publish('b');
    await turn();
    publish('c');
    await settle();
    expect(new Set(clients.map(({ received }) => received))).toEqual(new Set(['abc']));
  });

  it('joins what is due in one turn into one write for each client', async () => {
    const { publish, join } = newFanOut();
    const { client } = join();
    for (let n = 0; n < 50; n += 1) publish('x');
    await settle();
    expect(client.writes).toBe(1);
    expect(client.received).toHaveLength(50);
  });

  it('passes nobody over when a client joins between an event and its delivery', async () => {
    const { publish, join } = newFanOut();
    const clients = Array.from({ length: 3 }, () => join().client);
    publish('a');
    await settle();
    publish('b');
    clients.push(join(1).client);
    await settle();
    expect(clients.map(({ received }) => received)).toEqual(['ab', 'ab', 'ab', 'b']);
  });

  it('writes history and what follows as one run', async () => {
    const { publish, join } = newFanOut();
    publish('1');
    publish('2');
    const { client } = join(0);
    publish('3');
    await settle();
    expect(client.received).toBe('123');
  });

  it('leaves what a slow client has not read in the log, and goes on where it stopped', async () => {
    const { publish, join } = newFanOut();
    const { client } = join();
    client.stuck = true;
    publish('a');
    await settle();
    publish('b');
    publish('c');
    await settle();
    expect(client.received).toBe('a');
    client.unstick();
    await settle();
    expect(client.received).toBe('abc');
  });

  it('cuts a client when more than the bound waits for it, and nobody else notices', async () => {
    const { publish, join, cut, fanOut } = newFanOut(100);
    const slow = join();
    const quick = join();
    slow.client.stuck = true;
    publish('x');
    await settle();
    for (let n = 0; n < 25; n += 1) publish('12345');
    await settle();
    expect(cut).toEqual([slow.client]);
    expect(fanOut.size).toBe(1);
    expect(quick.client.received).toHaveLength(126);
  });

  it('does not count history as waiting: a client may take its time over it', async () => {
    const { publish, join, cut } = newFanOut(100);
    for (let n = 0; n < 90; n += 1) publish('1234567890');
    await settle();
    const { client } = join(0);
    client.stuck = true;
    publish('live');
    await settle();
    expect(cut).toEqual([]);
  });

  it('lets go of old bytes when nobody needs them', async () => {
    const { publish, join, log } = newFanOut(100);
    join();
    for (let n = 0; n < 500; n += 1) {
      publish('0123456789');
      if (n % 50 === 0) await settle();
    }
    await settle();
    expect(log.head - log.tail).toBe(1000);
  });

  it('passes nobody over when those who leave during a walk have been served', async () => {
    for (const gone of [0, 100, 254, 255]) {
      const { publish, join, fanOut } = newFanOut();
      const members = Array.from({ length: 300 }, () => join());
      publish('a');
      await turn();
      const leaving = members[gone] as (typeof members)[number];
      expect(leaving.client.received).toBe('a');
      fanOut.remove(leaving.reader);
      await settle();
      expect(members.filter(({ client }) => client.received !== 'a')).toEqual([]);
    }
  });

  it('asks for the bound of each client where they differ, and keeps what they still need', async () => {
    const log = new ByteLog(0, 64);
    const cut: unknown[] = [];
    const fanOut = new FanOut<FakeOutlet>(log, {
      maxWaitingBytes: (client) => (client === patient ? 1_000 : 100),
      onCut: (client) => cut.push(client),
    });
    const patient = new FakeOutlet();
    const hasty = new FakeOutlet();
    for (const client of [patient, hasty]) {
      client.stuck = true;
      fanOut.add(client, client, log.head);
    }
    for (let n = 0; n < 50; n += 1) {
      log.append(Buffer.from('1234567890'));
      fanOut.wake();
      await settle();
    }
    expect(cut).toEqual([hasty]);
    expect(log.head - log.tail).toBe(490);
    patient.unstick();
    await settle();
    expect(patient.received).toHaveLength(500);
  });

  it('lets go of old bytes even while events come in every turn, and clients leave', async () => {
    const { publish, join, log, fanOut } = newFanOut(1_000);
    const members = Array.from({ length: 700 }, () => join());
    let most = 0;
    for (let n = 0; n < 600; n += 1) {
      publish('0123456789');
      await turn();
      if (n % 2 === 0) fanOut.remove((members[n] as (typeof members)[number]).reader);
      most = Math.max(most, log.head - log.tail);
    }
    await settle();
    // What is kept for clients to come, and what was published while everybody was visited twice.
    expect(most).toBeLessThan(1_000 + 100);
    for (const { client } of members.slice(600)) expect(client.received).toHaveLength(6_000);
  });

  it('serves the others when clients leave during a walk', async () => {
    const { publish, join, fanOut } = newFanOut();
    const members = Array.from({ length: 600 }, () => join());
    publish('a');
    await turn();
    for (const { reader } of members.slice(0, 300)) fanOut.remove(reader);
    publish('b');
    await settle();
    expect(members.slice(300).every(({ client }) => client.received === 'ab')).toBe(true);
  });
});
