import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StepResult } from '../find/step.js';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { fromRelease } from './from-release.js';

describe('the release', () => {
  let machine: TestMachine;
  let server: Server;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    machine.remove();
  });

  const TOP = 'nats-server-v2.15.0-linux-amd64';

  async function archive(script = fakeServer('2.15.0')): Promise<Buffer> {
    await machine.executable(`release/${TOP}/nats-server`, script);
    await machine.file(`release/${TOP}/LICENSE`, 'words');
    execFileSync('tar', ['-czf', machine.at('release.tar.gz'), '-C', machine.at('release'), TOP]);
    return readFileSync(machine.at('release.tar.gz'));
  }

  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  async function fetchFrom(handler: RequestListener, checksum: string): Promise<StepResult> {
    server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/release.tar.gz`;
    const asset = { version: '2.15.0', url, sha256: checksum, binary: `${TOP}/nats-server` };
    return await fromRelease(await machine.cache(), machine.context, { asset, stallTimeoutMs: 300 });
  }

  const kept = (): string[] => readdirSync(machine.at('cache'));

  it('is downloaded, verified, run once and kept', async () => {
    const bytes = await archive();
    const result = await fetchFrom((_, response) => response.end(bytes), sha256(bytes));
    const path = machine.at('cache/2.15.0-linux-x64/nats-server');
    expect(result).toEqual({ path, version: '2.15.0', origin: 'release' });
    expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toBe('nats-server: v2.15.0\n');
    expect(kept()).toEqual(['2.15.0-linux-x64']);
  });

  it('tells how far the download is', async () => {
    const bytes = await archive();
    await fetchFrom((_, response) => {
      response.setHeader('content-length', bytes.length).end(bytes);
    }, sha256(bytes));
    expect(machine.progress.at(-1)).toEqual({
      step: 'release',
      message: 'downloading nats-server 2.15.0',
      receivedBytes: bytes.length,
      totalBytes: bytes.length,
      percent: 100,
    });
  });

  it('is followed through a redirect', async () => {
    const bytes = await archive();
    const result = await fetchFrom((request, response) => {
      if (request.url === '/elsewhere') response.end(bytes);
      else response.writeHead(302, { location: '/elsewhere' }).end();
    }, sha256(bytes));
    expect(result).toMatchObject({ origin: 'release' });
  });

  it('is neither unpacked nor run nor kept when its checksum is wrong', async () => {
    const ran = machine.at('ran');
    const bytes = await archive(`#!/bin/sh\ntouch ${ran}\necho "nats-server: v2.15.0"\n`);
    const result = await fetchFrom((_, response) => response.end(bytes), sha256(Buffer.from('another')));
    expect(result).toEqual({
      passedOver: expect.stringMatching(/has SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} is right/),
    });
    expect(readdirSync(machine.root)).not.toContain('ran');
    expect(kept()).toEqual([]);
  });

  it('is not kept when it arrives cut off', async () => {
    const bytes = await archive();
    const result = await fetchFrom((_, response) => {
      response.setHeader('content-length', bytes.length);
      response.write(bytes.subarray(0, 100), () => response.destroy());
    }, sha256(bytes));
    expect(result).toHaveProperty('passedOver');
    expect(kept()).toEqual([]);
  });

  it('is given up when the body stops coming', async () => {
    const bytes = await archive();
    const result = await fetchFrom((_, response) => {
      response.setHeader('content-length', bytes.length).write(bytes.subarray(0, 100));
    }, sha256(bytes));
    expect(result).toEqual({ passedOver: expect.stringContaining('nothing came for 300 ms') });
    expect(kept()).toEqual([]);
  });

  it('is given up when no answer comes at all', async () => {
    const result = await fetchFrom(() => {}, sha256(Buffer.from('')));
    expect(result).toEqual({ passedOver: expect.stringContaining('nothing came for 300 ms') });
  });

  it('is passed over with the status when the server has it not', async () => {
    const result = await fetchFrom(
      (_, response) => response.writeHead(404).end('no'),
      sha256(Buffer.from('no')),
    );
    expect(result).toEqual({ passedOver: expect.stringContaining('it answered 404') });
  });

  it('is not kept when its binary is of another version, or does not run', async () => {
    for (const script of [fakeServer('2.14.0'), fakeServer('2.9.10'), '#!/bin/sh\nexit 1\n']) {
      const bytes = await archive(script);
      const result = await fetchFrom((_, response) => response.end(bytes), sha256(bytes));
      expect(result).toHaveProperty('passedOver');
      expect(kept()).toEqual([]);
      server.closeAllConnections();
      server.close();
    }
  });

  it('is passed over when the archive holds no binary', async () => {
    const bytes = await archive();
    execFileSync('tar', ['-czf', machine.at('empty.tar.gz'), '-C', machine.at('release'), `${TOP}/LICENSE`]);
    const empty = readFileSync(machine.at('empty.tar.gz'));
    expect(empty).not.toEqual(bytes);
    const result = await fetchFrom((_, response) => response.end(empty), sha256(empty));
    expect(result).toEqual({ passedOver: expect.stringContaining('holds no') });
  });

  it('is passed over when the server cannot be reached', async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const asset = { version: '2.15.0', url: `http://127.0.0.1:${port}/`, sha256: '', binary: '' };
    const result = await fromRelease(await machine.cache(), machine.context, { asset });
    expect(result).toEqual({ passedOver: expect.stringContaining('ECONNREFUSED') });
  });

  it('is passed over on a kind of machine without a pinned checksum', async () => {
    server = createServer();
    const context = { ...machine.context, platform: 'win32' as const };
    expect(await fromRelease(await machine.cache(), context)).toEqual({
      passedOver: 'no checksum is pinned for win32 on x64',
    });
  });

  it('is fetched by two at once, and both get the same binary', async () => {
    const bytes = await archive();
    const checksum = sha256(bytes);
    server = createServer((_, response) => response.end(bytes));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const asset = { version: '2.15.0', url, sha256: checksum, binary: `${TOP}/nats-server` };
    const cache = await machine.cache();
    const results = await Promise.all([1, 2, 3].map(() => fromRelease(cache, machine.context, { asset })));
    for (const result of results) expect(result).toEqual(results[0]);
    expect(results[0]).toMatchObject({ version: '2.15.0' });
    expect(kept()).toEqual(['2.15.0-linux-x64']);
  });
});
