import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, freeze } from '#libs/testing';
import { NatsLink, NatsTooOld } from './nats-link.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function open(url: string): NatsLink {
  const link = NatsLink.open({ url, name: 'spec' });
  closers.push(() => link.close());
  return link;
}

async function start(): Promise<NatsServer> {
  const server = await startNatsServer();
  closers.push(() => server.stop());
  return server;
}

/** A server that says hello as nats-server does, of whatever version. */
async function oldServer(version: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(
      `INFO {"server_id":"x","version":"${version}","proto":1,"max_payload":1048576,"headers":true}\r\n`,
    );
    socket.on('data', (bytes) => {
      if (bytes.includes('PING')) socket.write('PONG\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('NatsLink', () => {
  it('exists before the server does, and connects when it comes', async () => {
    const server = await start();
    await server.stop();
    const link = open(server.url);
    expect(link.up).toBe(false);
    expect(() => link.connection()).toThrow(expect.objectContaining({ code: 'unavailable' }));
    const late = await startNatsServer({ port: server.port });
    closers.push(() => late.stop());
    expect((await link.whenUp()).info?.port).toBe(server.port);
  });

  it('says when the connection is lost and when it stands again', async () => {
    const server = await start();
    const link = open(server.url);
    const seen: string[] = [];
    link.onUp(() => seen.push('up'));
    link.onDown(() => seen.push('down'));
    await link.whenUp();
    server.kill('SIGKILL');
    await eventually('down', () => !link.up);
    await server.restart();
    await eventually('up again', () => link.up);
    expect(seen).toEqual(['up', 'down', 'up']);
  });

  it('tells of each change of its state, for the metrics that alerts go by', async () => {
    const server = await start();
    const states: [string, boolean][] = [];
    const onState = (name: string, up: boolean) => void states.push([name, up]);
    const link = NatsLink.open({ url: server.url, name: 'spec', onState });
    closers.push(() => link.close());
    await link.whenUp();
    server.kill('SIGKILL');
    await eventually('down', () => !link.up);
    await server.restart();
    await eventually('up again', () => link.up);
    expect(states.map(([, up]) => up)).toEqual([false, true, false, true]);
    expect(new Set(states.map(([name]) => name))).toEqual(new Set(['spec']));
  });

  it('keeps a subscription over the restarts of the server, and one of it', async () => {
    const server = await start();
    const link = open(server.url);
    const heard: string[] = [];
    const stop = link.subscribe('news', (message) => heard.push(message.string()));
    expect(link.announce('news', 'too early')).toBe(false);
    for (const round of ['first', 'second']) {
      await link.whenUp();
      await eventually('it is heard', () => link.announce('news', round) && heard.at(-1) === round);
      server.kill('SIGKILL');
      await eventually('down', () => !link.up);
      await server.restart();
    }
    await link.whenUp();
    heard.length = 0;
    link.announce('news', 'once');
    await link.connection().flush();
    expect(heard).toEqual(['once']);
    stop();
    link.announce('news', 'never');
    await link.connection().flush();
    expect(heard).toEqual(['once']);
  });

  it('gives work up at once when the connection is lost under it', async () => {
    const server = await start();
    const link = open(server.url);
    await link.whenUp();
    await freeze(server.pid);
    const work = link.whileUp((connection) => connection.request('$JS.API.INFO', '', { timeout: 60_000 }));
    server.kill('SIGKILL');
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('calls silence unavailable, and hands other errors on', async () => {
    const link = open((await start()).url);
    await link.whenUp();
    await expect(link.whileUp((connection) => connection.request('nobody.listens'))).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(link.whileUp(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError);
  });

  it('refuses a server that is too old, once and for all', async () => {
    const link = open(await oldServer('2.10.29'));
    expect(await link.failed).toBeInstanceOf(NatsTooOld);
    await expect(link.whenUp()).rejects.toThrow('2.12');
  });

  it('closes while no server is there', async () => {
    const link = NatsLink.open({ url: '127.0.0.1:1', name: 'spec' });
    await link.close();
    expect(link.up).toBe(false);
    await expect(link.whenUp()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
