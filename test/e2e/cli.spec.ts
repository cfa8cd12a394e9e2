import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, ready, Standalone } from '#libs/testing';
import { startRunnel } from './runnel-command.js';

let runnel: Standalone;
let home: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  runnel = await Standalone.start();
  home = await mkdtemp(join(tmpdir(), 'runnel-cli-'));
}, 60_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await runnel.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

function start(args: string[], env: Record<string, string> = {}) {
  const access = { HOME: home, RUNNEL_URL: runnel.url, RUNNEL_API_KEY: runnel.adminKey };
  const command = startRunnel(args, { ...access, ...env });
  running.push(command.child);
  return command;
}

async function run(
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
) {
  const { child, out, exit } = start(args, env);
  child.stdin?.end(input);
  return { code: await exit, ...out };
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe('runnel', () => {
  it('publishes, and shows the last events one a line', async () => {
    await run(['create', 'workflow', 'shown']);
    for (const n of [1, 2, 3])
      expect((await run(['publish', 'shown', '--channel', 'c', `{"n":${n}}`])).code).toBe(0);
    const { code, stdout } = await run(['events', '-n', '2', 'shown']);
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(['{"n":2}', '{"n":3}']);
    const whole = lines((await run(['events', '--json', '-n', '1', 'shown'])).stdout).map((line) =>
      JSON.parse(line),
    );
    expect(whole).toMatchObject([{ id: expect.any(String), channel: 'c', payload: { n: 3 } }]);
  });

  it('follows a stream over a restart of the service and loses nothing; Ctrl-C ends it with 0', async () => {
    const id = await runnel.workflow();
    await runnel.publish(
      id,
      [1, 2].map((payload) => ({ channel: 'c', payload })),
    );
    const { child, out, exit } = start(['events', '-n', '5', '-f', id]);
    await eventually('history', () => lines(out.stdout).length === 2);
    await runnel.publish(id, { channel: 'c', payload: 3 });
    await eventually('the live event', () => lines(out.stdout).length === 3);
    await runnel.process.restart();
    await ready(runnel.url);
    await runnel.publish(
      id,
      [4, 5].map((payload) => ({ channel: 'c', payload })),
    );
    await eventually('what came after', () => lines(out.stdout).length === 5, 20_000);
    expect(lines(out.stdout)).toEqual(['1', '2', '3', '4', '5']);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  }, 60_000);

  it('says with its exit code what went wrong', async () => {
    expect((await run(['events', 'no-such-stream'])).code).toBe(1);
    expect((await run(['no-such-command'])).code).toBe(2);
    const nobody = await run(['list', 'streams'], { env: { RUNNEL_URL: 'http://127.0.0.1:1' } });
    expect(nobody.code).toBe(3);
    expect(nobody.stdout).toBe('');
  });

  it('keeps a login for itself, readable by its owner only', async () => {
    const env = { RUNNEL_URL: '', RUNNEL_API_KEY: '', XDG_CONFIG_HOME: join(home, 'config') };
    const login = await run(['login', '--url', runnel.url], {
      env,
      input: `${runnel.adminKey}\n`,
    });
    expect({ code: login.code, stderr: login.stderr }).toMatchObject({ code: 0 });
    const file = join(home, 'config/runnel/config.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).includes(runnel.adminKey)).toBe(true);
    expect((await run(['list', 'streams'], { env })).code).toBe(0);
    await run(['logout'], { env });
    expect((await run(['list', 'streams'], { env })).code).not.toBe(0);
  });

  it('runs a workflow that was written for Pipedream, and sends nothing when it throws', async () => {
    const id = await runnel.workflow();
    const file = fileURLToPath(new URL('../../examples/workflow/names.mjs', import.meta.url));
    const { code, stderr } = await run([
      'run',
      file,
      '--workflow',
      id,
      '--event',
      '{"names":["Luke","Leia"]}',
    ]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect((await runnel.call('GET', `/v1/streams/${id}`)).body.event_count).toBe(2);
    const broken = join(home, 'broken.mjs');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(
      broken,
      "export default defineComponent({ async run({ $ }) { $.send.sse({ channel: 'c', payload: 1 }); throw new Error('oh no'); } });",
    );
    const empty = await runnel.workflow();
    const failed = await run(['run', broken, '--workflow', empty]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('oh no');
    expect((await runnel.call('GET', `/v1/streams/${empty}`)).body.event_count).toBe(0);
  });
});
