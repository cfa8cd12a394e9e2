import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, ready, SseCapture, type System } from '#libs/testing';
import { Traffic } from '../faults/traffic.js';
import type { Dice } from './dice.js';
import { victimsOf, wayOf } from './faults.js';

/** Milliseconds after which events must flow to everybody once all is healed: elections take most of it. */
const RECOVERY_MS = 90_000;
/** Milliseconds in which connections of a revoked key must end. */
const REVOCATION_MS = 5_000;

/** What a round came to. */
export interface RoundReport {
  /** What was broken, in words. */
  readonly faults: readonly string[];
  readonly confirmed: number;
  readonly heard: number;
  /** Milliseconds from the last healing until events flowed to everybody. */
  readonly recoveryMs: number;
}

/**
 * Breaks up to three things while events are published and heard, heals them, and checks every promise.
 *
 * @throws Error that names what did not hold
 */
export async function playRound(system: System, dice: Dice): Promise<RoundReport> {
  const traffics = await Promise.all([
    Traffic.start({ system, perSecond: 50, listeners: 3, patient: true }),
    Traffic.start({ system, perSecond: 50, visibility: 'private', listeners: 3, patient: true }),
    Traffic.start({
      system,
      perSecond: 10,
      padding: 50_000,
      patient: true,
      ingestUrl: system.ingests.at(-1)?.url ?? system.ingest.url,
    }),
  ]);
  try {
    const faults = await breakSome(system, dice);
    const healed = performance.now();
    await Promise.all(traffics.map((traffic) => traffic.flows(RECOVERY_MS)));
    const recoveryMs = performance.now() - healed;
    await Promise.all(
      [system.auth, ...system.ingests, ...system.gateways].map(({ url, output }) => ready(url, output)),
    );
    for (const traffic of traffics) await traffic.expectPromisesKept();
    await expectRevocation(system);
    const sum = (of: (traffic: Traffic) => number) => traffics.reduce((all, traffic) => all + of(traffic), 0);
    return {
      faults,
      confirmed: sum(({ publisher }) => publisher.acked),
      heard: sum(({ listeners }) => listeners.reduce((all, { ids }) => all + ids.size, 0)),
      recoveryMs,
    };
  } finally {
    await Promise.all(traffics.map((traffic) => traffic.stop()));
    for (const { stream } of traffics) await system.call('ingest', 'DELETE', `/v1/workflows/${stream}`);
  }
}

async function breakSome(system: System, dice: Dice): Promise<string[]> {
  const victims = dice.some(Math.ceil(dice.between(0, 3)), victimsOf(system));
  const broken = victims.map((victim) => ({ name: victim.name, way: wayOf(victim, dice) }));
  await Promise.all(
    broken.map(async ({ way }) => {
      const [waitMs, harmedMs] = [dice.between(0, 3_000), dice.between(100, 5_000)];
      await sleep(waitMs);
      await way.harm();
      await sleep(harmedMs);
      await way.heal();
    }),
  );
  return broken.map(({ name, way }) => `${name} ${way.name}`);
}

async function expectRevocation(system: System): Promise<void> {
  const fields = { name: 'soak', scopes: ['subscribe'] };
  const { body } = await system.call('auth', 'POST', '/v1/keys', fields);
  const workflow = { name: 'revoked', visibility: 'private' };
  const stream = (await system.call('ingest', 'POST', '/v1/workflows', workflow)).body.id;
  const captures = await Promise.all(
    system.gateways.map(({ url }) =>
      SseCapture.open(`${url}/pipelines/${stream}/sse`, { authorization: `Bearer ${body.key}` }),
    ),
  );
  const open = captures.every(({ status }) => status === 200);
  if (!open) throw new Error(`A new key was answered ${captures.map(({ status }) => status)}.`);
  await system.call('auth', 'DELETE', `/v1/keys/${body.id}`);
  await eventually('a revoked key is cut', () => captures.every(({ ended }) => ended), REVOCATION_MS);
  await system.call('ingest', 'DELETE', `/v1/workflows/${stream}`);
}
