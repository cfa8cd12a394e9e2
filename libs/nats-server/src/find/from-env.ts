import { resolve } from 'node:path';
import { NatsServerUnusable } from '../errors.js';
import { probe } from './probe.js';
import type { FindContext, StepResult } from './step.js';

/**
 * The binary that NATS_SERVER_BIN names.
 *
 * @throws NatsServerUnusable when it is set and cannot be used: whoever names a binary does not want another
 */
export async function fromEnv({ env }: FindContext): Promise<StepResult> {
  const named = env.NATS_SERVER_BIN;
  if (named === undefined || named === '') return { passedOver: 'is not set' };
  const path = resolve(named);
  const result = await probe(path);
  if ('fault' in result) throw new NatsServerUnusable(`NATS_SERVER_BIN is ${path}, which ${result.fault}`);
  return { path, version: result.version, origin: 'NATS_SERVER_BIN' };
}
