import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryCache } from '../find/cache.js';
import { executables } from '../find/executables.js';
import { probe } from '../find/probe.js';
import type { FindContext, StepResult } from '../find/step.js';
import { readAptSources } from './apt-sources.js';
import { aptPercent, makeAptWorkspace } from './apt-workspace.js';
import { type ArchiveSuite, archiveSuites } from './archive.js';
import { readOsRelease } from './os-release.js';
import { runCommand } from './run-command.js';

/** The package index of a suite is 10 MB; a line that is slower than 60 KB/s is given up. */
const DEFAULT_COMMAND_TIMEOUT_MS = 180_000;

export interface FromAptOptions {
  /** Root of the file system that os-release, sources and keyrings are read from. Default: `/`. */
  readonly root?: string;
  /** Milliseconds for each call of apt-get. Default: 180,000. */
  readonly commandTimeoutMs?: number;
}

/**
 * The package of a newer suite of this machine's own Debian or Ubuntu mirror, checked by the archive's
 * keyring, downloaded and unpacked but not installed. Needs no root and changes nothing of the system.
 */
export async function fromApt(
  cache: BinaryCache,
  context: FindContext,
  options: FromAptOptions = {},
): Promise<StepResult> {
  const { root = '/', commandTimeoutMs = DEFAULT_COMMAND_TIMEOUT_MS } = options;
  const os = context.platform === 'linux' ? await readOsRelease(root) : undefined;
  if (os === undefined) return { passedOver: 'this system is not Debian or Ubuntu' };
  const places = archiveSuites(os, await readAptSources(root), root);
  if ('passedOver' in places) return places;
  for (const tool of ['apt-get', 'dpkg', 'dpkg-deb']) {
    if ((await executables(tool, context.env.PATH)).length === 0) {
      return { passedOver: `${tool} is not on the PATH` };
    }
  }
  const faults: string[] = [];
  for (const place of places) {
    try {
      return await fetchFrom(place, { cache, context, commandTimeoutMs });
    } catch (error) {
      faults.push(`${place.suite} of ${place.uri}: ${(error as Error).message}`);
    }
  }
  return { passedOver: faults.join('; ') };
}

interface Fetching {
  readonly cache: BinaryCache;
  readonly context: FindContext;
  readonly commandTimeoutMs: number;
}

function fetchFrom(place: ArchiveSuite, { cache, context, commandTimeoutMs }: Fetching): Promise<StepResult> {
  return cache.withScratch(async (scratch) => {
    const [downloads, unpacked] = [join(scratch, 'downloads'), join(scratch, 'unpacked')];
    await mkdir(downloads);
    const base = { cwd: downloads, env: context.env, timeoutMs: commandTimeoutMs };
    const architecture = await runCommand('dpkg', ['--print-architecture'], base);
    const config = await makeAptWorkspace(scratch, place, architecture);
    const apt = (message: string, ...args: string[]): Promise<string> =>
      runCommand('apt-get', ['-q', '--config-file', config, ...args], {
        ...base,
        onStatus: reporter(message, context),
      });

    await apt(`reading what ${place.suite} has on ${place.uri}`, 'update');
    await apt('downloading the package nats-server', 'download', 'nats-server');
    const archive = (await readdir(downloads)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded nothing');
    await runCommand('dpkg-deb', ['--extract', archive, unpacked], base);
    // Debian keeps servers in sbin; bin is where a package of another hand would have it.
    const [binary] = await executables('nats-server', `${unpacked}/usr/sbin:${unpacked}/usr/bin`);
    if (binary === undefined) throw new Error('its package holds no nats-server');
    const result = await probe(binary);
    if ('fault' in result) throw new Error(`its nats-server ${result.fault}`);
    return { path: await cache.keep(binary, result.version), version: result.version, origin: 'apt' };
  });
}

/** Tells of a task at once and then of each whole percent; apt repeats itself several times a second. */
function reporter(message: string, { onProgress }: FindContext): (line: string) => void {
  onProgress({ step: 'apt', message });
  let last: number | undefined;
  return (line) => {
    const percent = aptPercent(line);
    if (percent === undefined || percent === last) return;
    last = percent;
    onProgress({ step: 'apt', message, percent });
  };
}
