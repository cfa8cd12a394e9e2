import { fromApt } from '../apt/from-apt.js';
import { NatsServerNotFound, type PassedOver } from '../errors.js';
import { fromRelease } from '../release/from-release.js';
import { BinaryCache } from './cache.js';
import { cacheDirectory } from './cache-directory.js';
import { fromCache } from './from-cache.js';
import { fromEnv } from './from-env.js';
import { fromPath } from './from-path.js';
import type { FetchProgress, FindContext, FoundNatsServer, StepResult } from './step.js';
import { MINIMUM_VERSION } from './version.js';

export interface FindNatsServerOptions {
  /** Default: `process.env`. Read: NATS_SERVER_BIN, PATH, XDG_CACHE_HOME, HOME (Windows: LOCALAPPDATA). */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform;
  /** Default: this machine's, as `process.arch` names it. */
  readonly arch?: string;
  /** Where fetched binaries are kept. Default: `runnel/nats-server` under the user's cache directory. */
  readonly cacheDir?: string;
  /** Whether to look only at what is on this machine, without the network. Default: false. */
  readonly offline?: boolean;
  /** Hears of downloads, some times a second at most. Default: nobody does. */
  readonly onProgress?: (progress: FetchProgress) => void;
}

/**
 * Finds a nats-server of {@link MINIMUM_VERSION} or newer: NATS_SERVER_BIN, the PATH, binaries fetched before;
 * and if there is none, fetches one: the official release, else the package of a newer Debian or Ubuntu suite.
 * Takes some ten milliseconds when one is there, some seconds to a few minutes otherwise. Processes that fetch
 * at once all succeed, and an interrupted fetch leaves nothing that is ever run.
 *
 * @throws NatsServerUnusable when NATS_SERVER_BIN is set to what cannot be used
 * @throws NatsServerNotFound when every step led nowhere; its message says why, step by step
 */
export async function findNatsServer(options: FindNatsServerOptions = {}): Promise<FoundNatsServer> {
  const context: FindContext = {
    env: options.env ?? process.env,
    platform: options.platform ?? process.platform,
    arch: options.arch ?? process.arch,
    onProgress: options.onProgress ?? (() => {}),
  };
  const directory = options.cacheDir ?? (await cacheDirectory(context));
  const cache = directory === undefined ? undefined : new BinaryCache(directory, context);
  const cached = (step: (cache: BinaryCache) => Promise<StepResult>): Promise<StepResult> =>
    cache === undefined ? Promise.resolve({ passedOver: 'no cache directory can be written' }) : step(cache);
  const fetched: typeof cached = (step) =>
    options.offline ? Promise.resolve({ passedOver: 'the network is not to be used' }) : cached(step);

  const steps: ReadonlyArray<readonly [string, () => Promise<StepResult>]> = [
    ['NATS_SERVER_BIN', () => fromEnv(context)],
    ['PATH', () => fromPath(context)],
    ['cache', () => cached(fromCache)],
    ['release', () => fetched((kept) => fromRelease(kept, context))],
    ['apt', () => fetched((kept) => fromApt(kept, context))],
  ];
  const passedOver: PassedOver[] = [];
  for (const [step, run] of steps) {
    const result = await run();
    if ('path' in result) return result;
    passedOver.push({ step, reason: result.passedOver });
  }
  throw new NatsServerNotFound(passedOver, MINIMUM_VERSION);
}
