import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryCache } from '../find/cache.js';
import { probe } from '../find/probe.js';
import { binaryName, type FindContext, type StepResult } from '../find/step.js';
import { download } from './download.js';
import { type ReleaseAsset, releaseAsset } from './release-asset.js';
import { tarEntry } from './tar-entry.js';

const DEFAULT_STALL_TIMEOUT_MS = 15_000;

/** Milliseconds between two reports of progress; a line for each chunk would flood a terminal. */
const REPORT_EVERY_MS = 250;

export interface FromReleaseOptions {
  /** Default: the pinned one for the context's platform. */
  readonly asset?: ReleaseAsset | undefined;
  /** Milliseconds without a byte after which the download is given up. Default: 15,000. */
  readonly stallTimeoutMs?: number;
}

/**
 * The official release from GitHub. Nothing of it is unpacked before its checksum is right, and nothing is
 * kept before it has run and named the version it should be.
 */
export async function fromRelease(
  cache: BinaryCache,
  context: FindContext,
  options: FromReleaseOptions = {},
): Promise<StepResult> {
  const { platform, arch } = context;
  const asset = options.asset ?? releaseAsset(platform, arch);
  if (asset === undefined) return { passedOver: `no checksum is pinned for ${platform} on ${arch}` };
  try {
    return await cache.withScratch(async (scratch) => {
      const archive = join(scratch, 'release.tar.gz');
      const sha256 = await download({
        url: asset.url,
        file: archive,
        stallTimeoutMs: options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS,
        onBytes: reporter(asset, context),
      });
      if (sha256 !== asset.sha256) {
        return { passedOver: `${asset.url} has SHA-256 ${sha256}, and ${asset.sha256} is right` };
      }
      const binary = join(scratch, binaryName(platform));
      await writeFile(binary, await tarEntry(await readFile(archive), asset.binary), { mode: 0o755 });
      const result = await probe(binary);
      if ('fault' in result) return { passedOver: `the binary in ${asset.url} ${result.fault}` };
      if (result.version !== asset.version) {
        return { passedOver: `${asset.url} holds version ${result.version}` };
      }
      return { path: await cache.keep(binary, result.version), version: result.version, origin: 'release' };
    });
  } catch (error) {
    return { passedOver: (error as Error).message };
  }
}

function reporter({ version }: ReleaseAsset, { onProgress }: FindContext) {
  let lastMs = 0;
  return (receivedBytes: number, totalBytes: number | undefined): void => {
    const nowMs = performance.now();
    if (nowMs - lastMs < REPORT_EVERY_MS && receivedBytes !== totalBytes) return;
    lastMs = nowMs;
    const percent = totalBytes === undefined ? undefined : Math.floor((100 * receivedBytes) / totalBytes);
    const known = totalBytes === undefined || percent === undefined ? {} : { totalBytes, percent };
    onProgress({ step: 'release', message: `downloading nats-server ${version}`, receivedBytes, ...known });
  };
}
