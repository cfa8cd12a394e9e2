import { readdirSync, readFileSync } from 'node:fs';
import { eventually, type ServiceProcess, type System } from '#libs/testing';

/** Milliseconds in which what a load has left must be gone: hubs stay warm for 30 s, and idle sockets are closed later. */
const PATIENCE_MS = 120_000;
/** Descriptors that a service may have more than at the start: sockets to and from other services come and go. */
const SPARE_DESCRIPTORS = 16;
/** MiB that a service may have grown by: V8 keeps some of what it once needed. */
const SPARE_MIB = 128;

const MIB = 1024 * 1024;

/** What a service holds while nobody uses it. Undefined where the system does not show it. */
interface Holding {
  readonly service: string;
  readonly mib: number | undefined;
  readonly descriptors: number | undefined;
}

/** What each service of a system holds now. */
export function holdings({ auth, ingests, gateways }: System): Holding[] {
  const of = (name: string, services: readonly ServiceProcess[]) =>
    services.map(({ pid }, index) => ({ service: `${name} ${index + 1}`, ...holdingOf(pid) }));
  return [...of('auth', [auth]), ...of('ingest', ingests), ...of('gateway', gateways)];
}

export function inWords(all: readonly Holding[]): string {
  return all
    .map(({ service, mib, descriptors }) => `${service}: ${mib} MiB, ${descriptors} files`)
    .join('; ');
}

/**
 * Waits until nothing is left of the load: no connection, no hub and so no subscription of a stream at any gateway, and
 * about as much memory and as many files and sockets as before.
 *
 * @throws Error that names what is left
 */
export async function expectNoTraces(system: System, before: readonly Holding[]): Promise<void> {
  for (const { url } of system.gateways) {
    await eventually(
      `no connection and no hub at ${url}`,
      async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        const gauges = [...metrics.matchAll(/^runnel_gateway_(?:connections|hubs)(?:\{.*\})? (\d+)$/gm)];
        return gauges.length === 2 && gauges.every(([, value]) => value === '0');
      },
      PATIENCE_MS,
    );
  }
  await eventually(
    'the services hold what they held before',
    () => grown(system, before).length === 0,
    PATIENCE_MS,
  ).catch(() => {
    throw new Error(`More than before: ${inWords(grown(system, before))}. Before: ${inWords(before)}.`);
  });
}

function grown(system: System, before: readonly Holding[]): Holding[] {
  return holdings(system).filter(({ mib = 0, descriptors = 0 }, index) => {
    const was = before[index];
    return mib > (was?.mib ?? 0) + SPARE_MIB || descriptors > (was?.descriptors ?? 0) + SPARE_DESCRIPTORS;
  });
}

function holdingOf(pid: number): Pick<Holding, 'mib' | 'descriptors'> {
  try {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      mib: Math.round((Number(kib) * 1024) / MIB),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return { mib: undefined, descriptors: undefined };
  }
}
