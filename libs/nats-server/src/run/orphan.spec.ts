import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { freeze } from '#libs/testing';
import { NatsServerInUse } from '../errors.js';
import { compileLibrary } from '../fixtures/compiled-library.js';
import { eventually } from '../fixtures/eventually.js';
import { TestMachine } from '../fixtures/test-machine.js';
import { startNatsServer } from './start-nats-server.js';

const machine = new TestMachine();
const pidFile = machine.at('data/nats-server.pid');
const storeDir = machine.at('data/store');
const parents: ChildProcess[] = [];
const pids: number[] = [];

beforeAll(async () => {
  await machine.file('tmp/.keep', '');
  const library = await compileLibrary(machine.at('library'));
  await machine.file(
    'parent.mjs',
    `import { startNatsServer } from ${JSON.stringify(library)};
     const server = await startNatsServer(JSON.parse(process.argv[2]));
     new Function(process.argv[3])();
     console.log(server.pid);
     process.on('message', () => process.exit(0));
     setInterval(() => {}, 1000);`,
  );
});
afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  for (const pid of pids.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
});
afterAll(() => machine.remove());

function spawnParent(options: object, also = ''): ChildProcess {
  const parent = spawn(process.execPath, [machine.at('parent.mjs'), JSON.stringify(options), also], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // What a killed parent leaves goes away with the rest of the test.
    env: { ...process.env, TMPDIR: machine.at('tmp') },
  });
  parents.push(parent);
  return parent;
}

/** A process that starts a server as an application does. */
async function startParent(options: object = { pidFile, storeDir }, also = '') {
  const parent = spawnParent(options, also);
  const [line] = await once(parent.stdout as Readable, 'data');
  pids.push(Number(line));
  return { parent, pid: Number(line) };
}

async function end(parent: ChildProcess, how: NodeJS.Signals | 'exit'): Promise<void> {
  const gone = once(parent, 'exit');
  if (how === 'exit') parent.send('exit');
  else parent.kill(how);
  await gone;
}

/** A zombie, of which only the name is left, does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a server whose parent was killed', () => {
  it('is stopped by the next start, which then has the store for itself', async () => {
    const { parent, pid } = await startParent();
    await end(parent, 'SIGKILL');
    expect(isRunning(pid)).toBe(true);
    const server = await startNatsServer({ pidFile, storeDir });
    expect(isRunning(pid)).toBe(false);
    expect(readFileSync(pidFile, 'utf8')).toBe(`${server.pid}\n${process.pid}\n`);
    await (await connect({ servers: server.url })).close();
    await server.stop();
    expect(existsSync(pidFile)).toBe(false);
    expect(existsSync(`${pidFile}.d`)).toBe(false);
  });

  it('is killed when it does not listen', async () => {
    const { parent, pid } = await startParent();
    await end(parent, 'SIGKILL');
    await freeze(pid);
    const server = await startNatsServer({ pidFile, storeDir, stopTimeoutMs: 200 });
    expect(isRunning(pid)).toBe(false);
    await server.stop();
  });
});

describe('a pid file', () => {
  it('whose owner is alive keeps others from starting, and the server as it is', async () => {
    const { pid } = await startParent();
    await expect(startNatsServer({ pidFile, storeDir })).rejects.toThrow(NatsServerInUse);
    expect(isRunning(pid)).toBe(true);
    expect(readFileSync(pidFile, 'utf8')).toContain(String(pid));
  });

  it('that names a process of somebody else does that one no harm', async () => {
    const other = spawn('sleep', ['60']);
    parents.push(other);
    await machine.file('other/nats.pid', `${other.pid}\n1\n`);
    const server = await startNatsServer({ pidFile: machine.at('other/nats.pid') });
    expect(isRunning(other.pid as number)).toBe(true);
    await server.stop();
  });

  it.each(['', 'rubbish', '-1\n-1\n', '999999999\n1\n', '0\n0\n'])(
    'with the content %j is ignored',
    async (text) => {
      await machine.file('broken/nats.pid', text);
      const server = await startNatsServer({ pidFile: machine.at('broken/nats.pid') });
      await server.stop();
    },
  );
});

describe('a parent that ends without stop', () => {
  it.each(['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)('takes its server with it on %s', async (how) => {
    const { parent, pid } = await startParent({});
    await end(parent, how);
    await eventually(() => (isRunning(pid) ? undefined : true));
    if (how !== 'exit') expect(parent.signalCode).toBe(how);
  });

  it('takes its server with it also while that is starting', async () => {
    const file = machine.at('starting.pid');
    const binary = await machine.executable('starting', `#!/bin/sh\necho $$ > ${file}\nexec sleep 60\n`);
    const parent = spawnParent({ binary });
    const pid = await eventually(() => Number(readFileSync(file, 'utf8')) || undefined);
    pids.push(pid);
    await end(parent, 'SIGTERM');
    await eventually(() => (isRunning(pid) ? undefined : true));
  });

  it('leaves the end of its server to an application that listens for the signal', async () => {
    const { parent, pid } = await startParent({}, 'process.on("SIGTERM", () => console.log("draining"));');
    const draining = once(parent.stdout as Readable, 'data');
    parent.kill('SIGTERM');
    await draining;
    expect(isRunning(pid)).toBe(true);
  });
});
