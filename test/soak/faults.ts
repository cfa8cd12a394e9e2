import { freeze, ready, type ServiceProcess, type System } from '#libs/testing';
import type { Dice } from './dice.js';

/** Something that can be broken. */
export interface Victim {
  readonly name: string;
  readonly ways: readonly Way[];
}

/** One way of breaking it. */
interface Way {
  readonly name: string;
  harm(): Promise<unknown> | unknown;
  /** Undoes it, and resolves when it works again. */
  heal(): Promise<unknown>;
}

/** Everything that a system is made of, with the ways in which it may break. */
export function victimsOf(system: System): Victim[] {
  const services: [string, ServiceProcess][] = [
    ['auth', system.auth],
    ...system.ingests.map((each, n) => [`ingest ${n}`, each] as [string, ServiceProcess]),
    ...system.gateways.map((each, n) => [`gateway ${n}`, each] as [string, ServiceProcess]),
  ];
  return [
    ...services.map(([name, service]) => ({ name, ways: waysOfService(service) })),
    ...system.nats.map((server, n) => ({ name: `nats ${n}`, ways: waysOfNats(server) })),
  ];
}

/** One of the ways in which a victim may break. */
export function wayOf({ ways }: Victim, dice: Dice): Way {
  return dice.some(1, ways)[0] as Way;
}

function waysOfService(service: ServiceProcess): Way[] {
  const restart = async () => {
    await service.restart();
    await ready(service.url, service.output);
  };
  return [
    { name: 'killed', harm: () => service.kill('SIGKILL'), heal: restart },
    { name: 'stopped', harm: () => service.stop(), heal: restart },
    { name: 'frozen', harm: () => freeze(service.pid), heal: async () => service.kill('SIGCONT') },
  ];
}

function waysOfNats(server: System['nats'][number]): Way[] {
  return [
    { name: 'killed', harm: () => server.kill('SIGKILL'), heal: () => server.restart() },
    { name: 'frozen', harm: () => freeze(server.pid), heal: async () => server.kill('SIGCONT') },
  ];
}
