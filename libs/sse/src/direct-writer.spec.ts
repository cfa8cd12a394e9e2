import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../test/turns.js';
import { DirectWriter } from './direct-writer.js';

describe('DirectWriter', () => {
  let server: Server;
  let client: Socket;
  let socket: Socket;
  let received: Buffer[];

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    received = [];
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (bytes) => received.push(bytes as Buffer));
    [socket] = (await once(server, 'connection')) as [Socket];
  });

  afterEach(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });

  function writer(): DirectWriter {
    const direct = DirectWriter.of(socket);
    if (direct === undefined) throw new Error('There is none for this socket.');
    return direct;
  }

  it('brings bytes to the client', async () => {
    expect(writer().write(Buffer.from('bytes'))).toBe(5);
    await until(() => Buffer.concat(received).toString() === 'bytes');
  });

  it('takes nothing while other bytes wait for their turn', async () => {
    const direct = writer();
    socket.cork();
    socket.write('first ');
    expect(direct.write(Buffer.from('second'))).toBe(0);
    socket.uncork();
    expect(direct.write(Buffer.from('second'))).toBe(6);
    await until(() => Buffer.concat(received).toString() === 'first second');
  });

  it('takes what the system takes, and the rest follows through the socket', async () => {
    client.pause();
    const all = Buffer.alloc(32 * 1024 * 1024, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
    const direct = writer();
    let sent = 0;
    for (let taken = 1; taken > 0; sent += taken) taken = direct.write(all.subarray(sent));
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(all.length);
    socket.write(all.subarray(sent));
    expect(direct.write(Buffer.from('too early'))).toBe(0);
    client.resume();
    await until(() => received.reduce((sum, { length }) => sum + length, 0) === all.length);
    expect(Buffer.concat(received).equals(all)).toBe(true);
  });

  it('takes nothing for a client that has gone, nor once the socket is closed', async () => {
    const direct = writer();
    socket.on('error', () => undefined);
    client.resetAndDestroy();
    await until(() => direct.write(Buffer.from('x')) === 0);
    socket.destroy();
    expect(direct.write(Buffer.from('x'))).toBe(0);
  });

  it('leaves a socket with a time limit to itself, which every write of its own puts off', () => {
    const direct = writer();
    socket.setTimeout(60_000);
    expect(direct.write(Buffer.from('x'))).toBe(0);
    socket.setTimeout(0);
    expect(direct.write(Buffer.from('x'))).toBe(1);
  });

  it('is not for sockets that encrypt, or have no descriptor', () => {
    expect(DirectWriter.of(new TLSSocket(socket, { isServer: true }))).toBeUndefined();
    expect(DirectWriter.of(new Socket())).toBeUndefined();
  });
});
