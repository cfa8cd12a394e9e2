import type { ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import EventSource1 from 'eventsource1';
import { eventually, Standalone } from '#libs/testing';
import { startRunnel } from './runnel-command.js';

// What users of Pipedream's streams have and do, with nothing changed but addresses, the key and the command's name.

let runnel: Standalone;
let home: string;
const running: ChildProcess[] = [];
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  runnel = await Standalone.start();
  home = await mkdtemp(join(tmpdir(), 'runnel-pipedream-'));
}, 60_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const close of closers.splice(0)) close();
});
afterAll(async () => {
  await runnel?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

/** The command, typed as one line. */
function type(line: string, stdout?: number) {
  const env = { HOME: home, RUNNEL_URL: runnel.url, RUNNEL_API_KEY: runnel.adminKey };
  const command = startRunnel(line.split(' '), env, stdout);
  running.push(command.child);
  return command;
}

/** The command's output, once it has ended well. */
async function typed(line: string): Promise<string> {
  const { out, exit } = type(line);
  const code = await exit;
  expect({ code, stderr: code === 0 ? '' : out.stderr }).toEqual({ code: 0, stderr: '' });
  return out.stdout;
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

interface Source {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
}

async function deployed(name: string): Promise<Source> {
  return (await runnel.call('POST', '/v1/sources', { type: 'http', name })).body;
}

const post = ({ endpoint }: Pick<Source, 'endpoint'>, body: string) =>
  fetch(endpoint, { method: 'POST', body });

describe('the stream of a source', () => {
  it("is heard by Pipedream's sample listener: the first eventsource package, a header, onmessage", async () => {
    const source = await deployed('sample');
    await post(source, 'before');
    const heard: string[] = [];
    // The address has the form of theirs, /sse/dc/dc_…/emits.
    const listener = new EventSource1(`${runnel.url}/sse/dc/${source.id}/emits`, {
      headers: { Authorization: `Bearer ${runnel.adminKey}` },
    });
    closers.push(() => listener.close());
    listener.onmessage = (event) => {
      heard.push(event.data);
    };
    await eventually('what was kept', () => heard.length === 1);
    await post(source, 'after');
    await eventually('what came', () => heard.length === 2);
    expect(heard.map((data) => JSON.parse(data).bodyRaw)).toEqual(['before', 'after']);
  });

  it('is there as soon as the source is deployed, private, and gone with it', async () => {
    const { id } = await deployed('soon');
    const path = `/sources/${id}/sse`;
    expect((await runnel.subscribe(path)).status).toBe(401);
    const authorization = `Bearer ${runnel.adminKey}`;
    const stream = await runnel.subscribe(path, { authorization });
    await eventually('its first bytes', () => stream.comments.length > 0);
    expect(stream.comments).toEqual(['sse-handshake']);
    await typed('delete soon');
    await stream.end();
    expect((await runnel.subscribe(path, { authorization })).status).toBe(404);
  });
});

describe('the stream of a workflow', () => {
  it('brings what a step sends in a loop, in order, to who listens and to who comes later', async () => {
    const file = join(home, 'send.mjs');
    await writeFile(
      file,
      `export default defineComponent({
        async run({ steps, $ }) {
          steps.trigger.event.names.forEach((name) => {
            $.send.sse({ channel: 'events', payload: { name } });
          });
        },
      });`,
    );
    const id = await runnel.workflow();
    const names = ['Ada', 'Grace', 'Hedy', 'Margaret'];
    const listen = () => {
      const heard: unknown[] = [];
      const source = new EventSource(`${runnel.url}/pipelines/${id}/sse`);
      closers.push(() => source.close());
      source.addEventListener('events', (event) => heard.push(JSON.parse(event.data)));
      source.addEventListener('other', () => heard.push('of another channel'));
      source.onmessage = () => heard.push('without a name');
      return heard;
    };
    const early = listen();
    await typed(`run ${file} --workflow ${id} --event ${JSON.stringify({ names })}`);
    const late = listen();
    const all = names.map((name) => ({ name }));
    await eventually('all names', () => early.length >= 4 && late.length >= 4);
    expect([early, late]).toEqual([all, all]);
  });
});

describe('the habits of pd', () => {
  it('list streams, and st and ls for short, say where each stream is', async () => {
    const { id } = await deployed('listed');
    const table = await typed('list streams');
    expect(lines(table)[0]?.split(/ +/)).toEqual(['NAME', 'TYPE', 'VISIBILITY', 'SSE']);
    const url = `${runnel.url}/sources/${id}/sse`;
    expect(table.split('\n').map((line) => line.split(/ +/))).toContainEqual([
      'listed',
      'http',
      'private',
      url,
    ]);
    expect(await typed('ls st')).toBe(table);
    expect(await typed('list so')).toContain(id);
  });

  it('deploy prints where to post, shows what is posted, and leaves the source there after Ctrl-C', async () => {
    const { child, out, exit } = type('deploy http --name mine');
    const endpoint = await eventually('its address', () => /^Endpoint +(\S+)$/m.exec(out.stdout)?.[1]);
    await eventually('it follows', () => out.stderr.includes('Waiting for events'));
    await post({ endpoint }, 'hello');
    const last = () => lines(out.stdout).at(-1) ?? '';
    await eventually('the event', () => last().startsWith('{'));
    expect(JSON.parse(last())).toMatchObject({ method: 'POST', bodyRaw: 'hello' });
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(await typed('describe mine')).toContain(endpoint);
    expect(lines(await typed('events mine'))).toEqual([last()]);
  });

  it('logs show what a source says while it works, until Ctrl-C', async () => {
    const source = await deployed('talking');
    const { child, out, exit } = type('logs talking');
    // A log has no history: what was said before somebody listened is gone.
    await eventually('a line', async () => (await post(source, 'x')) && out.stdout !== '');
    expect(lines(out.stdout)[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}info {3}POST: stored$/);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  it('events -n 5 -f into a file leaves one event a line in it and nothing else, until Ctrl-C', async () => {
    const source = await deployed('filed');
    for (let n = 1; n <= 7; n += 1) await post(source, `line ${n}\n`);
    const file = join(home, 'events.txt');
    const handle = await open(file, 'w');
    const { child, exit } = type('events -n 5 -f filed', handle.fd);
    await handle.close();
    const bodies = async () => lines(await readFile(file, 'utf8')).map((line) => JSON.parse(line).bodyRaw);
    await eventually('history', async () => (await bodies()).length === 5);
    await post(source, 'line 8\n');
    await eventually('the live event', async () => (await bodies()).length === 6);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(await bodies()).toEqual([3, 4, 5, 6, 7, 8].map((n) => `line ${n}\n`));
    expect(lines(await typed('events filed'))).toHaveLength(8);
  });
});
