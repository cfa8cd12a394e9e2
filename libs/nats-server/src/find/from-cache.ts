import type { BinaryCache } from './cache.js';
import { probe } from './probe.js';
import type { StepResult } from './step.js';

/** The newest kept binary that still runs and is still new enough for this Runnel. */
export async function fromCache(cache: BinaryCache): Promise<StepResult> {
  const faults: string[] = [];
  for (const path of await cache.paths()) {
    const result = await probe(path);
    if ('version' in result) return { path, version: result.version, origin: 'cache' };
    faults.push(`${path} ${result.fault}`);
  }
  return { passedOver: faults.length === 0 ? `${cache.directory} holds none` : faults.join('; ') };
}
