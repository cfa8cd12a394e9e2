import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Standalone } from '#libs/testing';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MAX_GZIP_BYTES = 4 * 1024;

let runnel: Standalone;
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_CORS_ORIGINS: 'https://app.example' });
}, 60_000);
afterAll(async () => {
  await runnel?.stop();
});

describe('the browser client as it is built', () => {
  it('has less than 4 KiB when it is compressed, and needs no other file', async () => {
    const code = await readFile(join(root, 'dist/client/client.js'));
    expect(gzipSync(code).length).toBeLessThan(MAX_GZIP_BYTES);
    expect(code.toString()).not.toMatch(/\bimport\b|require\(/);
  });

  it('is served at /client.js, for pages of any origin', async () => {
    const response = await fetch(`${runnel.url}/client.js`, { headers: { origin: 'https://app.example' } });
    expect([response.status, await response.text()]).toEqual([
      200,
      await readFile(join(root, 'dist/client/client.js'), 'utf8'),
    ]);
    const { headers } = response;
    expect(headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const again = get(`${runnel.url}/client.js`, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    const [answer] = (await once(again, 'response')) as [IncomingMessage];
    expect([answer.statusCode, (await answer.toArray()).length]).toEqual([304, 0]);
  });

  it('is a package with types, which runs in Node', async () => {
    const project = await mkdtemp(join(tmpdir(), 'runnel-client-'));
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, args, { cwd: project });
      const output: Buffer[] = [];
      child.stdout.on('data', (data: Buffer) => output.push(data));
      child.stderr.on('data', (data: Buffer) => output.push(data));
      const [code] = await once(child, 'close');
      return [code, Buffer.concat(output).toString()];
    };
    const id = await runnel.workflow();
    await runnel.publish(id, { channel: 'n', payload: { sum: 7 } });
    await symlink(join(root, 'dist/client'), join(project, 'client'));
    await writeFile(
      join(project, 'package.json'),
      '{"type":"module","imports":{"#client":"./client/client.js"}}',
    );
    await writeFile(
      join(project, 'listen.ts'),
      `import { type StreamEvent, subscribe } from './client/types/libs/sdk/src/page/client.js';
       for await (const event of subscribe('x', { channels: ['n'], getTicket: async () => 't' })) {
         const taken: StreamEvent = event;
         const id: string = taken.id;
       }
       // @ts-expect-error
       subscribe('x', { chanels: ['n'] });`,
    );
    await writeFile(
      join(project, 'listen.mjs'),
      `import { subscribe } from '#client';
       for await (const { payload } of subscribe(process.argv[2])) { console.log(payload.sum); break; }`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const checked = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2022,dom',
    ];
    expect(await run(tsc, ...checked, 'listen.ts')).toEqual([0, '']);
    expect(await run('listen.mjs', `${runnel.url}/pipelines/${id}/sse`)).toEqual([0, '7\n']);
    await rm(project, { recursive: true });
  }, 60_000);
});
