import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePorts } from '#libs/nats-server';
import { callJson, eventually, inProject, SseCapture } from '#libs/testing';

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** What `npm run cluster` does once it has built. */
async function runCluster(): Promise<{ readonly child: ChildProcess; readonly output: () => string }> {
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const loading = ['--conditions=runnel-source', '--import', inProject('scripts/run-typescript.mjs')];
  child = spawn(process.execPath, [...loading, inProject('scripts/cluster-program.mjs')], {
    env: { ...process.env, PORT: String(port) },
  });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  return { child, output: () => pieces.join('') };
}

describe('npm run cluster', () => {
  it('names every address and the key, starts what is killed again, and ends all of it on SIGTERM', async () => {
    const { child, output } = await runCluster();
    await eventually('it is ready', () => output().includes('Runnel is ready'), 90_000);
    const urls = output().match(/(?<=^ {2}(?:auth|ingest|stream-gateway)-\d +)http:\S+/gm) ?? [];
    expect(urls).toHaveLength(6);
    for (const url of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const [key] = output().match(/(?<=RUNNEL_API_KEY=)\S+/) ?? [];
    const listing = await fetch(`${urls[0]}/v1/keys`, { headers: { authorization: `Bearer ${key}` } });
    expect(listing.status).toBe(200);

    const pids = new Map(
      [...output().matchAll(/^ {2}(\S+) .* pid (\d+)$/gm)].map(([, name, pid]) => [name, pid]),
    );
    const victims = ['nats-2', 'ingest-1', ...(pids.has('nginx') ? ['nginx'] : [])];
    for (const name of victims) process.kill(Number(pids.get(name)), 'SIGKILL');
    for (const name of victims) {
      await eventually(`${name} runs again`, () => output().includes(`${name} runs again`), 60_000);
    }
    for (const url of urls)
      await eventually(`${url} is ready`, async () => (await fetch(`${url}/readyz`)).ok);

    // Somebody who listens does not hold up the end.
    const made = await callJson(`${urls[2]}/v1/workflows`, 'POST', key, { name: 'open' });
    const front = pids.has('nginx') ? output().match(/(?<=ready at )\S+/)?.[0] : urls[4];
    const reader = await SseCapture.open(`${front}/pipelines/${made.body.id}/sse`);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    reader.close();
    for (const url of urls) await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  }, 150_000);
});
