import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { serve, stopServing, whenStopping } from '../../test/serving.js';
import { until } from '../../test/turns.js';
import { createSession } from '../session/create-session.js';
import { createChannel } from './create-channel.js';

const SESSIONS = 2_000;

afterEach(stopServing);

/** A client that only keeps the numbers of the events that it has got. */
class CountingClient {
  readonly numbers: number[] = [];
  private rest = '';
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (this.rest + text).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) this.numbers.push(Number(line.slice(6)));
    });
    this.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  }

  leave(): void {
    this.socket.destroy();
  }
}

describe('a channel of two thousand sessions', () => {
  it('brings everything to each in order while a quarter of them come and go', async () => {
    const channel = createChannel();
    const server = await serve(async (req, res) => {
      channel.register(await createSession(req, res));
    });
    const clients: CountingClient[] = [];
    const open = () => clients.push(new CountingClient(server.port));
    whenStopping(() => clients.forEach((client) => void client.leave()));
    for (let n = 0; n < SESSIONS; n += 1) {
      open();
      if (n % 200 === 199) await until(() => channel.sessionCount === n + 1);
    }
    const staying = clients.slice(SESSIONS / 4, SESSIONS);
    for (let n = 1; n <= 50; n += 1) {
      channel.broadcast(n);
      if (n % 10 === 0) {
        for (const client of clients.slice((n / 10 - 1) * 100, (n / 10) * 100)) client.leave();
        for (let more = 0; more < 100; more += 1) open();
        await until(() => staying.every(({ numbers }) => numbers.length === n));
      }
    }
    await until(() => channel.sessionCount === SESSIONS);
    const all = Array.from({ length: 50 }, (_, n) => n + 1);
    for (const { numbers } of staying) expect(numbers).toEqual(all);
    for (const { numbers } of clients.slice(SESSIONS))
      expect(numbers).toEqual(all.slice(all.length - numbers.length));
  }, 30_000);
});
