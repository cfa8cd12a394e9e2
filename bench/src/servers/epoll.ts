import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { LineServer } from './line-server.js';
import { Program } from './program.js';
import type { ServerKind } from './server.js';

const SOURCE = fileURLToPath(new URL('./programs/epoll.c', import.meta.url));

/** A loop over epoll in C, compiled when it is wanted: what the kernel alone costs. */
export const epoll: ServerKind = {
  name: 'c-epoll',
  unavailable: () =>
    spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler, `cc`',
  async start() {
    const directory = await mkdtemp(join(tmpdir(), 'runnel-bench-epoll-'));
    const program = join(directory, 'epoll');
    await promisify(execFile)('cc', ['-O2', '-o', program, SOURCE]);
    const port = await freePort();
    const running = await Program.start(program, [String(port)], port);
    const onStopped = () => rm(directory, { recursive: true });
    return new LineServer('c-epoll', { programs: { 'c-epoll': running }, port, onStopped });
  },
};
