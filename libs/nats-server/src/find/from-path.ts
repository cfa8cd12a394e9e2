import { executables } from './executables.js';
import { probe } from './probe.js';
import { binaryName, type FindContext, type StepResult } from './step.js';

/**
 * The first nats-server on the PATH that is new enough. An old one in front, as Debian 12 has it, does not
 * hide a newer one behind it.
 */
export async function fromPath({ env, platform }: FindContext): Promise<StepResult> {
  const faults: string[] = [];
  for (const path of await executables(binaryName(platform), env.PATH)) {
    const result = await probe(path);
    if ('version' in result) return { path, version: result.version, origin: 'PATH' };
    faults.push(`${path} ${result.fault}`);
  }
  return { passedOver: faults.length === 0 ? 'holds no nats-server' : faults.join('; ') };
}
