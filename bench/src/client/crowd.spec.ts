import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { makePayload, nowUs } from '../payload.js';
import { Crowd } from './crowd.js';
import type { Command } from './protocol.js';

let server: Server;
let crowd: Crowd;
let answered: ServerResponse[];
/** The `Last-Event-ID` of each request. */
let cursors: (string | undefined)[];
/** Where each connection comes from. */
let callers: string[];
let status: number;
let onConnect: (response: ServerResponse) => void;

beforeEach(async () => {
  crowd = new Crowd();
  answered = [];
  cursors = [];
  callers = [];
  status = 200;
  onConnect = () => {};
  server = createServer((request, response) => {
    cursors.push(request.headers['last-event-id'] as string | undefined);
    callers.push(request.socket.remoteAddress as string);
    response.writeHead(status, { 'content-type': 'text/event-stream' }).flushHeaders();
    answered.push(response);
    onConnect(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  crowd.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function order(changes: Partial<Command & { do: 'open' }> = {}): Command & { do: 'open' } {
  const { port } = server.address() as AddressInfo;
  const addresses = [{ host: '127.0.0.1', port, path: '/', headers: {} }];
  return {
    do: 'open',
    addresses,
    connections: 3,
    first: 1,
    eventsFirst: 0,
    atOnce: 2,
    resume: false,
    ...changes,
  };
}

function frame(n: number): string {
  return `id: ${n}\ndata: ${makePayload(n, nowUs(), 64)}\n\n`;
}

function send(...texts: string[]): void {
  for (const response of answered) response.write(texts.join(''));
}

describe('a crowd of subscribers', () => {
  it('gets every event and measures how long each took', async () => {
    await crowd.open(order());
    send(frame(1), frame(2));
    await crowd.reach(6, 5_000);
    const { open, events, faults, latencyUs } = crowd.look();
    expect({ open, events }).toEqual({ open: 3, events: 6 });
    expect(Object.values(faults).every((count) => count === 0)).toBe(true);
    expect(latencyUs.reduce((sum, [, count]) => sum + count, 0)).toBe(6);
  });

  it('says what is missing when events do not come in time', async () => {
    await crowd.open(order());
    send(frame(1));
    await expect(crowd.reach(6, 300)).rejects.toThrow('3 of 6 events did not come');
  });

  it.each([
    ['lost', () => [frame(1), frame(3)], { lost: 3 }],
    ['repeated', () => [frame(1), frame(1)], { repeated: 3 }],
    ['late', () => [frame(1), frame(3), frame(2)], { disordered: 3 }],
    ['of another length', () => [frame(1).replace('xx', 'x'), frame(1)], { damaged: 3 }],
    ['on two lines', () => [frame(1).replace('\n\n', '\ndata: more\n\n')], { damaged: 3 }],
    ['a gap', () => ['event: runnel.gap\ndata: {}\n\n', frame(1)], { refused: 3 }],
  ])('notices an event that is %s', async (_, texts, expected) => {
    await crowd.open(order());
    const frames = texts();
    send(...frames);
    const events = frames.filter((text) => !text.includes('runnel.')).length;
    await crowd.reach(3 * events, 5_000);
    expect(crowd.look().faults).toMatchObject(expected);
  });

  it('notices a connection that ends', async () => {
    await crowd.open(order());
    for (const response of answered) response.destroy();
    let broken = 0;
    await eventually('all have noticed', () => {
      const { open, faults } = crowd.look();
      broken += faults.broken;
      return open === 0;
    });
    expect(broken).toBe(3);
  });

  it('says what broke a connection, once', async () => {
    status = 503;
    await crowd.open(order());
    expect(crowd.look()).toMatchObject({
      open: 0,
      faults: { broken: 3 },
      firstFailure: 'answered 503, which is no event stream',
    });
    expect(crowd.look().firstFailure).toBeUndefined();
  });

  it('comes from many addresses, since one has not enough ports for runs that follow each other', async () => {
    await crowd.open(order({ connections: 20 }));
    expect(new Set(callers).size).toBe(20);
  });

  it('counts as open only with its first events', async () => {
    onConnect = (response) => response.write(frame(1) + frame(2));
    await crowd.open(order({ eventsFirst: 2 }));
    expect(crowd.look().events).toBe(6);
  });

  it('comes back with its cursor and goes on where it was', async () => {
    await crowd.open(order({ connections: 1, resume: true }));
    send(frame(1), frame(2));
    await crowd.reach(2, 5_000);
    onConnect = (response) => response.write(frame(3));
    answered[0]?.end();
    await crowd.reach(3, 10_000);
    expect(cursors).toEqual([undefined, '2']);
    expect(crowd.look().faults).toMatchObject({ lost: 0, repeated: 0, broken: 0 });
  });
});
