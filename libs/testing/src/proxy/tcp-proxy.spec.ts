import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.js';
import { withoutSubjects } from './nats-filter.js';
import { TcpProxy } from './tcp-proxy.js';

let server: Server;
let served: Socket[];
let proxy: TcpProxy;
beforeEach(async () => {
  served = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('end', () => socket.end('bye'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  proxy = await TcpProxy.open(`nats://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.close();
  for (const socket of served) socket.destroy();
  server.close();
});

async function open() {
  const socket = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1', allowHalfOpen: true });
  const state = { socket, heard: '', end: '' };
  socket.on('data', (bytes) => {
    state.heard += bytes.toString();
  });
  socket.on('end', () => {
    state.end = 'clean';
    socket.end();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.end = error.code ?? 'error';
  });
  await once(socket, 'connect');
  return state;
}

describe('TcpProxy', () => {
  it('carries both directions and each end', async () => {
    const client = await open();
    client.socket.write('hello');
    await eventually('the echo', () => client.heard === 'hello');
    client.socket.end();
    await eventually('the end', () => client.end === 'clean');
    expect(client.heard).toBe('hellobye');
    await eventually('nothing is left', () => proxy.connections === 0);
  });

  it('delays what passes without making it slower', async () => {
    proxy.lag(50);
    const client = await open();
    const begun = performance.now();
    client.socket.write('a'.repeat(100_000));
    await eventually('all of it', () => client.heard.length === 100_000);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(99);
  });

  it('throttles', async () => {
    proxy.throttle(10_000);
    const client = await open();
    const begun = performance.now();
    client.socket.write('a'.repeat(5_000));
    await eventually('all of it', () => client.heard.length === 5_000);
    expect(performance.now() - begun).toBeGreaterThan(400);
  });

  it('loses everything in a black hole, ends too, and delivers it afterwards', async () => {
    const client = await open();
    client.socket.write('before ');
    await eventually('the echo', () => client.heard === 'before ');
    proxy.blackHole();
    client.socket.write('during');
    served[0]?.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([client.heard, client.end]).toEqual(['before ', '']);
    proxy.heal();
    await eventually('the end', () => client.end !== '');
  });

  it('can lose one direction alone', async () => {
    proxy.blackHole(['toClient']);
    const client = await open();
    client.socket.write('question');
    await eventually('it arrives', () => served[0]?.bytesRead === 8);
    expect(client.heard).toBe('');
    proxy.heal();
    await eventually('the answer', () => client.heard === 'question');
  });

  it('breaks connections off, and refuses new ones where it is told to', async () => {
    const client = await open();
    proxy.reset();
    await eventually('the end', () => client.end === 'ECONNRESET');
    proxy.refuse();
    const refused = await open().catch(() => undefined);
    await eventually('the end', () => refused?.end !== '');
    expect(served).toHaveLength(1);
  });

  it('ends one direction and leaves the other', async () => {
    const client = await open();
    client.socket.write('a');
    await eventually('the echo', () => client.heard === 'a');
    proxy.halfClose('toServer');
    await eventually('the server has answered the end', () => client.heard === 'abye');
  });

  it('tells the server of a client that has gone', async () => {
    const client = await open();
    client.socket.write('a');
    await eventually('the echo', () => client.heard === 'a');
    client.socket.resetAndDestroy();
    await eventually('the server knows', () => served[0]?.destroyed === true);
  });
});

describe('withoutSubjects', () => {
  it('takes messages out of the NATS protocol, wherever they are cut', () => {
    const stream = [
      'INFO {"a":1}\r\n',
      'MSG keep.this 1 5\r\nhello\r\n',
      'MSG drop.this 2 _INBOX.x 7\r\nMSG a 1\r\n',
      'HMSG drop.this 2 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
      'HMSG keep.this 2 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
      'PING\r\n',
    ];
    const kept = stream.filter((operation) => !operation.includes('drop')).join('');
    const bytes = Buffer.from(stream.join(''));
    for (const size of [1, 7, 50, bytes.length]) {
      const filter = withoutSubjects((subject) => subject === 'drop.this');
      let passed = '';
      for (let at = 0; at < bytes.length; at += size)
        passed += filter(bytes.subarray(at, at + size)).toString();
      expect(passed).toBe(kept);
    }
  });
});
