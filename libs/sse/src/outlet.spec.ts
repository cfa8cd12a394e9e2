import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { until } from '../test/turns.js';
import { type ClientOutlet, openOutlet } from './outlet.js';

describe('openOutlet', () => {
  it('sends what is written in the same turn together with the head', async () => {
    const held: number[] = [];
    const server = createServer((request, response) => {
      const outlet = openOutlet(request, response, {});
      outlet.write(Buffer.from('3\r\n:a\n\r\n'));
      outlet.write(Buffer.from('1\r\n\n\r\n'));
      held.push(response.socket?.writableLength ?? 0);
      process.nextTick(() => {
        held.push(response.socket?.writableLength ?? 0);
        outlet.end();
      });
    });
    expect(await bodyFrom(server)).toBe(':a\n\n');
    expect(held[0]).toBeGreaterThan(100);
    expect(held[1]).toBe(0);
  });

  it('says when a large history has been taken', async () => {
    const history = 'x'.repeat(100 * 1024);
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const outlet = openOutlet(request, response, {});
      const room = outlet.write(Buffer.from(`${history.length.toString(16)}\r\n${history}\r\n`));
      if (room) outlet.end();
      else outlet.onDrain(() => outlet.end());
    });
    expect(await bodyFrom(server)).toBe(history);
  });

  it('tells by what waits whether the client reads', async () => {
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'x');
    let outlet: ClientOutlet | undefined;
    const server = createServer((request, response) => {
      outlet = openOutlet(request, response, {});
      outlet.write(bytes);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const waiting = () => outlet?.waiting ?? 0;
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => waiting() > 0);
    const before = waiting();
    let read = 0;
    socket.on('data', ({ length }) => {
      read += length;
      if (read >= bytes.length / 2 && read - length < bytes.length / 2) socket.pause();
    });
    socket.resume();
    await until(() => socket.isPaused());
    await until(() => waiting() < before);
    expect(waiting()).toBeGreaterThan(0);
    socket.resume();
    await until(() => waiting() === 0);
    socket.destroy();
    server.close();
  });
});

/** The body of the one answer that a server gives, which is closed afterwards. */
async function bodyFrom(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [answer] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    IncomingMessage,
  ];
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  server.close();
  return body;
}
