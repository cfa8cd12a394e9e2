import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onProcessEnd } from '../process-end.js';
import { binaryName, type FindContext } from './step.js';
import { compareVersions } from './version.js';

/** Scratch directories carry this prefix, so a search never takes one for a finished entry. */
const SCRATCH_PREFIX = 'incoming-';

/** A fetch takes minutes at most; older scratch belongs to a process that was killed. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Binaries that were fetched, verified and run once: `<directory>/<version>-<platform>-<arch>/nats-server`.
 *
 * Invariant: a binary appears under its final name by one rename and complete, so whatever stands there is
 * whole, and processes that fetch at once overwrite each other with equals.
 */
export class BinaryCache {
  constructor(
    readonly directory: string,
    private readonly context: Pick<FindContext, 'platform' | 'arch'>,
  ) {}

  /** Paths of the kept binaries for this machine's kind, newest version first. */
  async paths(): Promise<string[]> {
    const suffix = `-${this.context.platform}-${this.context.arch}`;
    const entries = await readdir(this.directory).catch(() => []);
    return entries
      .filter((entry) => entry.endsWith(suffix) && !entry.startsWith(SCRATCH_PREFIX))
      .map((entry) => entry.slice(0, -suffix.length))
      .sort((a, b) => compareVersions(b, a))
      .map((version) => this.#path(version));
  }

  /**
   * Runs `use` with an empty private directory on the cache's own file system, where a rename is atomic and
   * binaries may be executed (/tmp is often mounted noexec). The directory is removed whatever happens.
   */
  async withScratch<T>(use: (directory: string) => Promise<T>): Promise<T> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await this.#sweep();
    const directory = await mkdtemp(join(this.directory, SCRATCH_PREFIX));
    const removeNow = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    const forgetHook = onProcessEnd(removeNow);
    try {
      return await use(directory);
    } finally {
      forgetHook();
      removeNow();
    }
  }

  /**
   * Keeps a verified binary. `file` must lie in this cache's scratch and is moved.
   *
   * @returns its final path
   */
  async keep(file: string, version: string): Promise<string> {
    const path = this.#path(version);
    await mkdir(join(path, '..'), { recursive: true });
    await chmod(file, 0o755);
    const handle = await open(file, 'r+');
    // Without it, a power cut after the rename could leave the final name with an empty file.
    await handle.sync().finally(() => handle.close());
    await rename(file, path);
    return path;
  }

  #path(version: string): string {
    const { platform, arch } = this.context;
    return join(this.directory, `${version}-${platform}-${arch}`, binaryName(platform));
  }

  async #sweep(): Promise<void> {
    for (const entry of await readdir(this.directory)) {
      if (!entry.startsWith(SCRATCH_PREFIX)) continue;
      const path = join(this.directory, entry);
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
    }
  }
}
