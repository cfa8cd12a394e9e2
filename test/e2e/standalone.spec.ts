import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startNatsServer } from '#libs/nats-server';
import { eventually, ready, ServiceProcess, Standalone } from '#libs/testing';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 60_000);

async function start(env: Record<string, string> = {}): Promise<Standalone> {
  const runnel = await Standalone.start(env);
  closers.push(() => runnel.stop());
  return runnel;
}

const natsPid = async ({ dataDir }: Standalone) =>
  Number(/\d+/.exec(await readFile(join(dataDir, 'nats-server.pid'), 'utf8'))?.[0]);

/** Whether a process runs. One that has ended may stay listed until somebody asks for its exit code. */
async function lives(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

async function expectKept(runnel: Standalone, stream: string, ids: readonly string[]): Promise<void> {
  const capture = await runnel.subscribe(`/pipelines/${stream}/sse`);
  await capture.count(ids.length);
  expect(capture.events.map(({ id }) => id)).toEqual(ids);
  capture.close();
}

const events = (count: number) => Array.from({ length: count }, (_, payload) => ({ channel: 'c', payload }));

describe('standalone', () => {
  it('ends with exit code 0, its nats-server with it, and keeps keys, streams and history for the next start', async () => {
    const runnel = await start();
    const id = await runnel.workflow();
    const ids = await runnel.publish(id, events(5));
    const key = (await runnel.call('POST', '/v1/keys', { name: 'k', scopes: ['publish'] })).body.key;
    const open = await runnel.subscribe(`/pipelines/${id}/sse`);
    const pid = await natsPid(runnel);
    expect(await runnel.process.stop()).toBe(0);
    await open.end();
    expect(open.failure).toBeUndefined();
    expect(await lives(pid)).toBe(false);
    await runnel.process.restart();
    await ready(runnel.url);
    await expectKept(runnel, id, ids);
    expect((await runnel.call('POST', `/v1/streams/${id}/events`, events(1), key)).status).toBe(201);
  }, 60_000);

  it('comes back after it was killed, and takes over from the nats-server that it left behind', async () => {
    const runnel = await start();
    const id = await runnel.workflow();
    const ids = await runnel.publish(id, events(5));
    const orphan = await natsPid(runnel);
    await runnel.process.restart();
    await ready(runnel.url);
    expect(await lives(orphan)).toBe(false);
    await expectKept(runnel, id, ids);
  }, 60_000);

  it('starts its nats-server again when that is killed', async () => {
    const runnel = await start();
    const id = await runnel.workflow();
    const ids = await runnel.publish(id, events(5));
    process.kill(await natsPid(runnel), 'SIGKILL');
    await eventually(
      'it can store again',
      async () => (await runnel.call('POST', `/v1/streams/${id}/events`, events(1))).status === 201,
    );
    const capture = await runnel.subscribe(`/pipelines/${id}/sse`);
    await capture.count(6);
    expect(capture.events.slice(0, 5).map((event) => event.id)).toEqual(ids);
    capture.close();
  }, 60_000);

  it('makes the first admin key, prints it once, and keeps it readable by its owner only', async () => {
    const runnel = await start({ RUNNEL_ADMIN_KEY: '' });
    const printed = () => /rnl_[0-9A-Za-z]+_[0-9A-Za-z]+/.exec(runnel.process.output.join('\n'))?.[0];
    const key = await eventually('the key is printed', printed);
    const file = join(runnel.dataDir, 'admin-key');
    await eventually('it is kept', async () => (await readFile(file, 'utf8')).trim() === key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await runnel.call('GET', '/v1/streams', undefined, key)).status).toBe(200);
    runnel.process.output.length = 0;
    await runnel.process.stop();
    await runnel.process.restart();
    await ready(runnel.url);
    expect(runnel.process.output.join('\n')).not.toContain(key);
    expect((await runnel.call('GET', '/v1/streams', undefined, key)).status).toBe(200);
  }, 60_000);

  it('uses the NATS system that it is told to, and starts none', async () => {
    const nats = await startNatsServer();
    closers.push(() => nats.stop());
    const runnel = await start({ NATS_URL: nats.url });
    await runnel.publish(await runnel.workflow(), events(1));
    await expect(natsPid(runnel)).rejects.toThrow('ENOENT');
  }, 60_000);

  it('takes a free port for NATS when 4222 is taken and none was asked for', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) =>
      squatter.once('error', () => resolve()).listen(4222, '127.0.0.1', resolve),
    );
    closers.push(() => new Promise((resolve) => squatter.close(resolve)));
    const runnel = await start();
    await runnel.publish(await runnel.workflow(), events(1));
  }, 60_000);

  it('says in one line what is wrong with its settings', async () => {
    const failed = ServiceProcess.start('standalone', {
      RUNNEL_ADMIN_KEY: 'x',
      RUNNEL_DRAIN_MS: 'soon',
      RUNNEL_DATA_DIR: '/dev/null',
    });
    await expect(failed).rejects.toThrow(/RUNNEL_DRAIN_MS/);
  });
});
