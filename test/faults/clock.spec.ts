import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AppName,
  eventually,
  ready,
  type ServiceProcess,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';
import { Traffic } from './traffic.js';

// The clock of one service is set while events are published and heard.

const HOUR_S = 3_600;
const APPS = ['auth', 'ingest', 'stream-gateway'] as const satisfies AppName[];

const library = findLibrary();
// A process can only be given another time where libfaketime is installed, as `apt install libfaketime` does it.
const clocks = library === undefined ? describe.skip : describe;
if (library === undefined) console.warn('Skipped: no clock can be set, since libfaketime is not installed.');

const dir = mkdtempSync(join(tmpdir(), 'runnel-clocks-'));
let system: System;
let traffic: Traffic;

afterAll(() => rmSync(dir, { recursive: true }));

clocks('a clock that is set', () => {
  beforeAll(async () => {
    for (const app of APPS) setClock(app, 0);
    const env = Object.fromEntries(APPS.map((app) => [app, clockOf(app)]));
    system = await startSystem({ envOf: env });
  }, SYSTEM_START_MS);
  afterAll(() => system?.stop(), 60_000);
  afterEach(async () => {
    await traffic?.stop();
    for (const app of APPS) setClock(app, 0);
  }, 30_000);

  it.each(APPS)(
    'an hour ahead, and then an hour back, in %s alone ends no stream and costs nobody an event',
    async (app) => {
      traffic = await Traffic.start({ system, visibility: 'private', listeners: 2 });
      const path = `/v1/streams/${traffic.stream}/events`;
      const event = { channel: 'once', payload: app, id: 'once' };
      const first = await system.call('ingest', 'POST', path, event);
      for (const offsetS of [HOUR_S, -HOUR_S]) {
        setClock(app, offsetS);
        await eventually('it goes by the new time', () => hasClock(serviceOf(app), offsetS));
        await traffic.flows();
        // Whoever comes now is served too, and what was stored before is known.
        await traffic.listen((system.gateways[0] as ServiceProcess).url);
        const again = await system.call('ingest', 'POST', path, event);
        expect(again.body.events).toEqual([{ ...first.body.events[0], duplicate: true }]);
        await Promise.all(APPS.map((each) => ready(serviceOf(each).url)));
      }
      await traffic.flows();
      await traffic.publisher.stop();
      expect(traffic.listeners.map(({ connects, closed }) => [connects, closed])).toEqual(
        traffic.listeners.map(() => [1, []]),
      );
      expect(traffic.listeners.map(({ hole, gaps }) => [hole, gaps])).toEqual(
        traffic.listeners.map(() => [undefined, 0]),
      );
      expect(system.complaints()).toEqual([]);
    },
    60_000,
  );
});

function serviceOf(app: (typeof APPS)[number]): ServiceProcess {
  return { auth: system.auth, ingest: system.ingest, 'stream-gateway': system.gateways[0] as ServiceProcess }[
    app
  ];
}

/** Environment of a process whose clock is set by {@link setClock}. Its monotonic clock stays true, as on a real machine. */
function clockOf(app: AppName): Record<string, string> {
  return {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: join(dir, app),
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

function setClock(app: AppName, offsetS: number): void {
  writeFileSync(join(dir, app), `${offsetS < 0 ? '' : '+'}${offsetS}\n`);
}

/** Whether a service answers with the date that its clock should show, give or take a minute. */
async function hasClock({ url }: ServiceProcess, offsetS: number): Promise<boolean> {
  const { headers } = await fetch(`${url}/healthz`);
  const aheadMs = Date.parse(headers.get('date') ?? '') - Date.now();
  return Math.abs(aheadMs - offsetS * 1_000) < 60_000;
}

/** The library, where Debian and its relatives have it. */
function findLibrary(): string | undefined {
  const name = 'faketime/libfaketimeMT.so.1';
  try {
    const found = readdirSync('/usr/lib', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join('/usr/lib', entry.name, name));
    return found.find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}
