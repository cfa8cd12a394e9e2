import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { executables } from '../find/executables.js';
import { probe } from '../find/probe.js';
import type { FoundNatsServer, StepResult } from '../find/step.js';
import { TestMachine } from '../fixtures/test-machine.js';
import { readAptSources } from './apt-sources.js';
import { archiveSuites } from './archive.js';
import { fromApt } from './from-apt.js';
import { readOsRelease } from './os-release.js';

/** Answers like apt-get: `download` leaves a package in the working directory. */
const APT_GET = `#!/bin/sh
case "$*" in
  *update) echo dlstatus:1:0.0000:x >&3; echo dlstatus:1:41.9:x >&3; echo dlstatus:1:41.99:x >&3 ;;
  *download*) echo package > nats-server.deb ;;
esac
`;

/** "Extracts" a server of this version, which may be a shell expression. */
const dpkgDeb = (version: string): string => `#!/bin/sh
mkdir -p "$3/usr/sbin"
printf '#!/bin/sh\\necho "nats-server: v%s"\\n' "${version}" > "$3/usr/sbin/nats-server"
chmod +x "$3/usr/sbin/nats-server"
`;

const whyNot = await whyNoApt();

describe('apt', () => {
  let machine: TestMachine;
  beforeEach(async () => {
    machine = new TestMachine();
    await machine.file('etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
    await machine.file('etc/apt/sources.list', 'deb http://mirror.example/debian bookworm main\n');
    await machine.executable('bin/dpkg', '#!/bin/sh\necho amd64\n');
    await machine.executable('bin/dpkg-deb', dpkgDeb('2.15.1'));
    await machine.executable('bin/apt-get', APT_GET);
    // The fakes are shell scripts and need the system's mkdir, cat and the like behind them.
    machine.env.PATH = `${machine.at('bin')}:/usr/bin:/bin`;
  });
  afterEach(() => machine.remove());

  const fetch = async (commandTimeoutMs = 20_000): Promise<StepResult> =>
    await fromApt(await machine.cache(), machine.context, { root: machine.root, commandTimeoutMs });
  const kept = (): string[] => readdirSync(machine.at('cache'));

  it('gives the server of the package, keeps it, and leaves nothing else', async () => {
    const path = machine.at('cache/2.15.1-linux-x64/nats-server');
    expect(await fetch()).toEqual({ path, version: '2.15.1', origin: 'apt' });
    expect(kept()).toEqual(['2.15.1-linux-x64']);
    expect(await probe(path)).toEqual({ version: '2.15.1' });
  });

  it('tells what it is doing and how far it is, each percent once', async () => {
    await fetch();
    const message = 'reading what forky has on http://mirror.example/debian';
    expect(machine.progress).toEqual([
      { step: 'apt', message },
      { step: 'apt', message, percent: 0 },
      { step: 'apt', message, percent: 41 },
      { step: 'apt', message: 'downloading the package nats-server' },
    ]);
  });

  it('hands apt a workspace of its own, with one source and the keyring of the distribution', async () => {
    await machine.executable(
      'bin/apt-get',
      `#!/bin/sh\ncat "$(dirname "$3")/sources.list" "$3" > ${machine.at('seen')}\nexit 1\n`,
    );
    await machine.file('usr/share/keyrings/debian-archive-keyring.gpg', '');
    await fetch();
    const seen = readFileSync(machine.at('seen'), 'utf8');
    const keyring = machine.at('usr/share/keyrings/debian-archive-keyring.gpg');
    expect(seen).toContain(
      `deb [arch=amd64 target=Packages pdiffs=no signed-by=${keyring}] http://mirror.example/debian sid main\n`,
    );
    expect(seen).toContain(`Dir::State "${machine.at('cache/incoming-')}`);
  });

  it('goes on to the next suite when one has no package or too old a one', async () => {
    const version = '$(grep -q forky ../sources.list && echo 2.10.0 || echo 2.15.1)';
    await machine.executable('bin/dpkg-deb', dpkgDeb(version));
    const result = await fetch();
    expect(result).toMatchObject({ version: '2.15.1' });
    expect(machine.progress.map(({ message }) => message)).toContain(
      'reading what sid has on http://mirror.example/debian',
    );
  });

  it("is passed over with apt's own words for every suite when apt fails", async () => {
    await machine.executable(
      'bin/apt-get',
      '#!/bin/sh\necho "W: hm" >&2\necho "E: no network" >&2\nexit 100\n',
    );
    expect(await fetch()).toEqual({
      passedOver:
        'forky of http://mirror.example/debian: apt-get failed: E: no network; ' +
        'sid of http://mirror.example/debian: apt-get failed: E: no network',
    });
    expect(kept()).toEqual([]);
  });

  it('gives up when apt hangs, and ends what apt has started', async () => {
    const pid = machine.at('pid');
    await machine.executable('bin/apt-get', `#!/bin/sh\nsleep 60 &\necho $! > ${pid}\nwait\n`);
    expect(await fetch(300)).toEqual({
      passedOver: expect.stringContaining('apt-get took longer than 300 ms'),
    });
    expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
    expect(kept()).toEqual([]);
  });

  it.each([
    ['its server is too old', dpkgDeb('2.9.10'), 'its nats-server is version 2.9.10'],
    ['its server does not run', dpkgDeb('x').replace('echo', 'exit 4 #'), 'its nats-server exits with 4'],
    ['it holds no server', '#!/bin/sh\nmkdir -p "$3/usr/sbin"\n', 'its package holds no nats-server'],
    [
      'it is damaged',
      '#!/bin/sh\necho "not a Debian archive" >&2\nexit 2\n',
      'dpkg-deb failed: not a Debian archive',
    ],
  ])('does not keep a package when %s', async (_, script, reason) => {
    await machine.executable('bin/dpkg-deb', script);
    expect(await fetch()).toEqual({ passedOver: expect.stringContaining(reason) });
    expect(kept()).toEqual([]);
  });

  it('is passed over when apt leaves no package behind', async () => {
    await machine.executable('bin/apt-get', '#!/bin/sh\n');
    expect(await fetch()).toEqual({ passedOver: expect.stringContaining('apt-get downloaded nothing') });
  });

  it('is passed over where apt is not installed', async () => {
    machine.env.PATH = machine.at('nothing');
    expect(await fetch()).toEqual({ passedOver: 'apt-get is not on the PATH' });
  });

  it('is passed over where the machine names no mirror, and on other systems', async () => {
    await machine.file('etc/apt/sources.list', '');
    expect(await fetch()).toEqual({ passedOver: expect.stringContaining('no mirror') });
    await machine.file('etc/os-release', 'ID=fedora\n');
    expect(await fetch()).toEqual({ passedOver: 'this system is fedora, not Debian or Ubuntu' });
    const mac = { ...machine.context, platform: 'darwin' as const };
    expect(await fromApt(await machine.cache(), mac)).toEqual({
      passedOver: 'this system is not Debian or Ubuntu',
    });
  });
});

describe('apt of this machine', () => {
  const machine = new TestMachine();
  afterAll(() => machine.remove());
  const test = whyNot === undefined ? it : it.skip;

  test(`fetches a server that runs, without touching the system${whyNot ?? ''}`, async () => {
    const context = { ...machine.context, arch: process.arch, env: process.env };
    const result = await fromApt(await machine.cache(), context, { commandTimeoutMs: 25_000 });
    expect(result).toMatchObject({ origin: 'apt' });
    const { path, version } = result as FoundNatsServer;
    expect(await probe(path)).toEqual({ version });
    expect(readdirSync(machine.at('cache'))).toHaveLength(1);
  }, 60_000);
});

/** Why the real fetch cannot be tried here, as an end for the name of its test. */
async function whyNoApt(): Promise<string | undefined> {
  if ((await executables('apt-get', process.env.PATH)).length === 0) return ' (skipped: no apt-get)';
  const os = await readOsRelease('/');
  const places = os === undefined ? [] : archiveSuites(os, await readAptSources('/'), '/');
  if ('passedOver' in places || places[0] === undefined) return ' (skipped: no Debian or Ubuntu mirror)';
  const { uri, suite } = places[0];
  return await globalThis
    .fetch(`${uri}/dists/${suite}/Release`, { method: 'HEAD', signal: AbortSignal.timeout(5_000) })
    .then(
      ({ ok }) => (ok ? undefined : ` (skipped: ${uri} has no ${suite})`),
      () => ` (skipped: ${uri} cannot be reached)`,
    );
}

function isAlive(pid: number): boolean {
  // A killed process of another parent may stay as a zombie, which counts as dead.
  return existsSync(`/proc/${pid}/exe`);
}
