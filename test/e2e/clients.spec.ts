import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource as EventSource4 } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import EventSource1 from 'eventsource1';
import EventSource2 from 'eventsource2';
import { EventSource as EventSource3 } from 'eventsource3';
import { EventSource as UndiciEventSource } from 'undici';
import { eventually, ServiceProcess, SYSTEM_START_MS, type System, startSystem } from '#libs/testing';

let system: System;
beforeAll(async () => {
  system = await startSystem();
}, SYSTEM_START_MS);
afterAll(() => system.stop(), 60_000);

/** What the clients have in common, from whichever package they come. */
interface Client {
  addEventListener(name: string, listener: (event: { data: string; lastEventId: string }) => void): void;
  close(): void;
}

interface Listening {
  readonly values: unknown[];
  close(): void;
}

/** Listens to a channel, as the documentation of each client has it. */
const clients: [string, (url: string, channel: string) => Listening][] = [
  ['eventsource 1', (url, channel) => listen(new EventSource1(url) as unknown as Client, channel)],
  ['eventsource 2', (url, channel) => listen(new EventSource2(url) as unknown as Client, channel)],
  ['eventsource 3', (url, channel) => listen(new EventSource3(url) as unknown as Client, channel)],
  ['eventsource 4', (url, channel) => listen(new EventSource4(url) as unknown as Client, channel)],
  [
    "undici's EventSource",
    (url, channel) => listen(new UndiciEventSource(url) as unknown as Client, channel),
  ],
  [
    'eventsource-client',
    (url, channel) => {
      const values: unknown[] = [];
      const client = createEventSource({
        url,
        onMessage: ({ event, data }) => {
          if (event === channel) values.push(JSON.parse(data));
        },
      });
      return { values, close: () => client.close() };
    },
  ],
];

function listen(client: Client, channel: string): Listening {
  const values: unknown[] = [];
  client.addEventListener(channel, ({ data }) => values.push(JSON.parse(data)));
  return { values, close: () => client.close() };
}

async function publish(stream: string, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from }, (_, n) => ({ channel: 'n', payload: from + n }));
  expect((await system.call('ingest', 'POST', `/v1/streams/${stream}/events`, events)).status).toBe(201);
}

describe.each(clients)('%s', (_name, open) => {
  it('hears history and live events, and resumes without loss or repeat when the gateway dies', async () => {
    const { body } = await system.call('ingest', 'POST', '/v1/workflows', { name: 'clients' });
    await publish(body.id, 0, 10);
    const gateway = system.gateways[0] as ServiceProcess;
    const client = open(`${gateway.url}/pipelines/${body.id}/sse`, 'n');
    await eventually('history', () => client.values.length === 10);
    await publish(body.id, 10, 20);
    await eventually('live events', () => client.values.length === 20);
    const stopping = gateway.stop();
    await publish(body.id, 20, 30);
    expect(await stopping).toBe(0);
    await gateway.restart();
    await publish(body.id, 30, 40);
    await eventually('all events', () => client.values.length >= 40, 40_000);
    client.close();
    expect(client.values).toEqual(Array.from({ length: 40 }, (_, n) => n));
  }, 60_000);
});
