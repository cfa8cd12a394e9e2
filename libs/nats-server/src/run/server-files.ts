import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerFilesOptions {
  readonly pidFile: string | undefined;
  /** Undefined: a temporary one. */
  readonly storeDir: string | undefined;
}

/** What one server has on the disk, and who outlives it: a store or pid file that the caller named stays theirs. */
export class ServerFiles {
  private constructor(
    /** Configuration and ports file. It holds passwords: 0700, its files 0600. */
    readonly runDirectory: string,
    readonly pidFile: string | undefined,
    readonly storeDir: string,
    private readonly temporary: readonly string[],
  ) {}

  /** Makes the directories. The caller calls {@link removeTemporary} or {@link removeAll}. */
  static async make({ pidFile, storeDir }: ServerFilesOptions): Promise<ServerFiles> {
    if (storeDir !== undefined) await mkdir(storeDir, { recursive: true, mode: 0o700 });
    if (pidFile !== undefined && storeDir !== undefined) {
      return new ServerFiles(await runDirectoryOf(pidFile), pidFile, storeDir, []);
    }
    const temporary = await mkdtemp(join(tmpdir(), 'runnel-nats-'));
    const runDirectory = pidFile === undefined ? temporary : await runDirectoryOf(pidFile);
    return new ServerFiles(runDirectory, pidFile, storeDir ?? join(temporary, 'store'), [temporary]);
  }

  /** The directory that belongs to a pid file: the same for each start, so it also marks the server as ours. */
  static runDirectory(pidFile: string): string {
    return `${pidFile}.d`;
  }

  /** Whether the store goes away with the server, which then need not close it with care. */
  get storeIsTemporary(): boolean {
    return this.temporary.some((directory) => this.storeDir.startsWith(directory));
  }

  /** Writes the configuration, replacing an older one whatever its mode was. @returns its path */
  async writeConfig(text: string): Promise<string> {
    const path = join(this.runDirectory, 'nats-server.conf');
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return path;
  }

  /** Synchronous, for the exit of this process: the pid file stays, since the server may still be closing. */
  removeTemporary(): void {
    for (const path of this.temporary) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Once the server has gone. */
  removeAll(): void {
    this.removeTemporary();
    if (this.pidFile === undefined) return;
    rmSync(this.runDirectory, { recursive: true, force: true });
    rmSync(this.pidFile, { force: true });
  }
}

async function runDirectoryOf(pidFile: string): Promise<string> {
  const directory = ServerFiles.runDirectory(pidFile);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // mkdir leaves the mode of a directory that was there alone.
  await chmod(directory, 0o700);
  return directory;
}
