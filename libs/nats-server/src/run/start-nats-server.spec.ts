import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freeze } from '#libs/testing';
import { NatsServerFailed } from '../errors.js';
import { findNatsServer } from '../find/find-nats-server.js';
import { eventually } from '../fixtures/eventually.js';
import { TestMachine } from '../fixtures/test-machine.js';
import type { NatsServer, StartNatsServerOptions, UnexpectedExit } from './options.js';
import { startNatsServer } from './start-nats-server.js';

let machine: TestMachine;
const servers: NatsServer[] = [];
const connections: NatsConnection[] = [];

beforeEach(() => {
  machine = new TestMachine();
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  machine.remove();
});

async function start(options: StartNatsServerOptions = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  servers.push(server);
  return server;
}

async function connectTo(server: NatsServer, options = {}): Promise<NatsConnection> {
  const connection = await connect({ servers: server.url, reconnect: false, ...options });
  connections.push(connection);
  return connection;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The configuration file that the process names on its command line. */
function configOf({ pid }: NatsServer): string {
  const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return args[args.indexOf('--config') + 1] as string;
}

describe('startNatsServer', () => {
  it('resolves when the server takes connections and JetStream answers', async () => {
    const server = await start();
    const nc = await connectTo(server);
    const info = await nc.request('$JS.API.INFO', '', { timeout: 2000 });
    expect(info.json()).toMatchObject({ type: 'io.nats.jetstream.api.v1.account_info_response', streams: 0 });
    expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
  });

  it('lets each of many servers have a port of its own', async () => {
    const started = await Promise.all([start(), start(), start()]);
    expect(new Set(started.map(({ port }) => port)).size).toBe(3);
  });

  it('allows messages of 4 MiB, or as many bytes as it is told', async () => {
    expect((await connectTo(await start())).info?.max_payload).toBe(4 * 1024 * 1024);
    expect((await connectTo(await start({ maxPayloadBytes: 1000 }))).info?.max_payload).toBe(1000);
  });

  it('lets in only who knows the password, which may hold any printable character', async () => {
    const password = '"\\u0041 $HOME } ü 🔑 \' #';
    const server = await start({ users: [{ user: 'runnel', password }] });
    await expect(connectTo(server)).rejects.toThrow(/authorization/i);
    await expect(connectTo(server, { user: 'runnel', pass: 'x' })).rejects.toThrow(/authorization/i);
    const nc = await connectTo(server, { user: 'runnel', pass: password });
    await (await jetstreamManager(nc)).streams.add({ name: 'S' });
  });

  it('keeps passwords from everybody else on the machine', async () => {
    const server = await start({ users: [{ user: 'runnel', password: 'secret-word' }] });
    expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain('secret-word');
    expect(readFileSync(`/proc/${server.pid}/environ`, 'utf8')).not.toContain('secret-word');
    expect(statSync(configOf(server)).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(configOf(server))).mode & 0o777).toBe(0o700);
  });

  it('gives a system user the view of the system, and nobody else', async () => {
    const server = await start({
      users: [{ user: 'runnel', password: 'a' }],
      systemUser: { user: 'sys', password: 'b' },
    });
    const ping = async (user: string, pass: string) =>
      (await connectTo(server, { user, pass })).request('$SYS.REQ.SERVER.PING', '', { timeout: 1000 });
    expect((await ping('sys', 'b')).json()).toHaveProperty('server');
    await expect(ping('runnel', 'a')).rejects.toThrow();
  });

  it('passes extra configuration on, and serves monitoring only when asked', async () => {
    const server = await start({ extraConfig: 'max_connections: 7', monitoring: true });
    const response = await fetch(`${server.monitoringUrl}/varz`);
    expect(await response.json()).toMatchObject({ max_connections: 7 });
    expect((await start()).monitoringUrl).toBeUndefined();
  });

  it('syncs every write and bounds the store when it is told to', async () => {
    const config = readFileSync(
      configOf(await start({ syncAlways: true, maxFileStoreBytes: 10_000_000 })),
      'utf8',
    );
    expect(config).toContain('"max_file_store":10000000,"sync_interval":"always"');
  });

  it('bounds the memory of the server', async () => {
    const limitOf = async (options: StartNatsServerOptions) => {
      const { pid } = await start(options);
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return environment.find((entry) => entry.startsWith('GOMEMLIMIT='));
    };
    expect(await limitOf({ memoryLimit: '300MiB' })).toBe('GOMEMLIMIT=300MiB');
    expect(await limitOf({})).toBe(`GOMEMLIMIT=${process.env.GOMEMLIMIT ?? '512MiB'}`);
  });

  it('runs in a process group of its own, which Ctrl-C in the terminal does not reach', async () => {
    const { pid } = await start();
    // Field 5 of /proc/<pid>/stat; the name in field 2 has no spaces here.
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[4]).toBe(String(pid));
  });

  it('hands on every line and keeps the last ones', async () => {
    const lines: string[] = [];
    const server = await start({ onLog: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/Starting nats-server/);
    expect(server.logs().length).toBeGreaterThan(5);
  });
});

describe('a start that fails', () => {
  it('tells the last words of a server that exits first, and leaves nothing on the disk', async () => {
    const pidFile = machine.at('data/nats.pid');
    const error = await start({ extraConfig: 'no_such_setting: {', pidFile }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NatsServerFailed);
    expect((error as Error).message).toMatch(
      /exited with code 1 before it was ready. Its last words:\n.*Parse error/,
    );
    expect(readdirSync(machine.at('data'))).toEqual([]);
  });

  it('tells that the port is taken', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow(/address already in use/);
  });

  it('gives up on a server that does not get ready in time, and ends it', async () => {
    const pid = machine.at('pid');
    const binary = await machine.executable('hangs', `#!/bin/sh\necho $$ > ${pid}\nexec sleep 60\n`);
    await expect(start({ binary, startTimeoutMs: 300 })).rejects.toThrow(/was not ready after 300 ms/);
    expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
  });

  it('tells that the binary cannot be executed', async () => {
    await expect(start({ binary: machine.at('nowhere') })).rejects.toThrow(/nowhere cannot be executed/);
  });
});

describe('stop', () => {
  it('closes JetStream in order, and what was stored is there at the next start', async () => {
    const storeDir = machine.at('store');
    const first = await start({ storeDir });
    const nc = await connectTo(first);
    await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] });
    await jetstream(nc).publish('s', 'kept');
    await first.stop();
    expect(first.logs().join('\n')).toMatch(/JetStream Shutdown|Server Exiting/);
    const again = await connectTo(await start({ storeDir }));
    expect((await (await jetstreamManager(again)).streams.info('S')).state.messages).toBe(1);
  });

  it('resolves when the process has gone, and removes temporary files but no named store', async () => {
    const storeDir = machine.at('store');
    const server = await start({ storeDir });
    const config = configOf(server);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(dirname(config))).toBe(false);
    expect(existsSync(storeDir)).toBe(true);
    const temporary = await start();
    const directory = dirname(configOf(temporary));
    expect(readdirSync(directory)).toContain('store');
    await temporary.stop();
    expect(existsSync(directory)).toBe(false);
  });

  it('may be called again and at once', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await expect(server.exited).resolves.toHaveProperty('signal');
  });

  it('kills a server that does not listen to it', async () => {
    const server = await start({ stopTimeoutMs: 200 });
    await freeze(server.pid);
    await server.stop();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('restart', () => {
  it('keeps port and data', async () => {
    const server = await start();
    const { url, pid } = server;
    const nc = await connectTo(server);
    await (await jetstreamManager(nc)).streams.add({ name: 'S' });
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    await (await jetstreamManager(await connectTo(server))).streams.info('S');
  });

  it('brings back a server that was killed', async () => {
    const server = await start();
    server.kill('SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await server.restart();
    await connectTo(server);
  });

  it('is refused after stop', async () => {
    const server = await start();
    await server.stop();
    await expect(server.restart()).rejects.toThrow(/has been stopped/);
  });
});

describe('a server that dies by itself', () => {
  it('is reported, and stays down without supervision', async () => {
    const exits: UnexpectedExit[] = [];
    const server = await start({ onUnexpectedExit: (exit) => exits.push(exit) });
    server.kill('SIGKILL');
    await server.exited;
    expect(exits).toMatchObject([{ code: null, signal: 'SIGKILL', restartInMs: undefined }]);
    expect(exits[0]?.logs.join('\n')).toMatch(/Server is ready/);
    expect(server.kill('SIGTERM')).toBe(false);
  });

  it('answers again on the same address with its data under supervision', async () => {
    const exits: UnexpectedExit[] = [];
    const server = await start({ restartOnExit: true, onUnexpectedExit: (exit) => exits.push(exit) });
    const { url, pid } = server;
    await (await jetstreamManager(await connectTo(server))).streams.add({ name: 'S' });
    server.kill('SIGKILL');
    await server.exited;
    const nc = await eventually(() => connectTo(server));
    await (await jetstreamManager(nc)).streams.info('S');
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(exits).toMatchObject([{ signal: 'SIGKILL', restartInMs: 100 }]);
  });

  it('is restarted each time, after longer and longer pauses', async () => {
    const waits: (number | undefined)[] = [];
    const server = await start({
      restartOnExit: true,
      onUnexpectedExit: (exit) => waits.push(exit.restartInMs),
    });
    for (const expected of [[100], [100, 200]]) {
      const { pid } = server;
      server.kill('SIGKILL');
      await eventually(() => (server.pid === pid ? undefined : connectTo(server)));
      expect(waits).toEqual(expected);
    }
  });

  it('is tried again when a restart fails, and each failure is reported with its reason', async () => {
    const exits: UnexpectedExit[] = [];
    const flag = machine.at('broken');
    const { path } = await findNatsServer();
    const binary = await machine.executable(
      'server',
      `#!/bin/sh\n[ -e ${flag} ] && exit 9\nexec ${path} "$@"\n`,
    );
    const server = await start({ binary, restartOnExit: true, onUnexpectedExit: (exit) => exits.push(exit) });
    await machine.file('broken', '');
    server.kill('SIGKILL');
    await eventually(() => (exits.length >= 2 ? true : undefined));
    expect(exits[1]).toMatchObject({ code: 9, restartInMs: 200 });
    expect(exits[1]?.error?.message).toContain('exited with code 9 before it was ready');
    rmSync(flag);
    await eventually(() => connectTo(server));
  });

  it('is not restarted by an ordinary stop, nor by one that comes between death and restart', async () => {
    const exits: UnexpectedExit[] = [];
    const options = { restartOnExit: true, onUnexpectedExit: (exit: UnexpectedExit) => exits.push(exit) };
    const stopped = await start(options);
    await stopped.stop();
    expect(exits).toEqual([]);
    const killed = await start(options);
    killed.kill('SIGKILL');
    await killed.exited;
    await killed.stop();
    expect(exits).toHaveLength(1);
    await expect(connectTo(killed)).rejects.toThrow();
    expect(existsSync(join(machine.root, 'data'))).toBe(false);
  });
});
