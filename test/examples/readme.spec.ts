import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, Standalone } from '#libs/testing';
import { chromiumPath, launchChromium } from '../browser/chromium.js';
import { Example } from './example.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const CLI = fileURLToPath(new URL('../../dist/apps/cli/src/main.js', import.meta.url));
const EVENT = { channel: 'prices', payload: { EUR: 1.07 } };

// What the README says to type, as it says it: only addresses, ids and the place of the data are put in.

let runnel: Standalone;
let stream: string;
let env: Record<string, string>;
beforeAll(async () => {
  // Runnel makes its first key itself and keeps it, as `npm start` does.
  runnel = await Standalone.start({ RUNNEL_ADMIN_KEY: '' });
  const keyFile = join(runnel.dataDir, 'admin-key');
  const key = await eventually(
    'the first key',
    () => existsSync(keyFile) && readFileSync(keyFile, 'utf8').trim(),
  );
  stream = (await runnel.call('POST', '/v1/workflows', { name: 'demo' }, key)).body.id;
  env = { RUNNEL_URL: runnel.url, RUNNEL_API_KEY: key, NATS_URL: await runnel.natsUrl() };
}, 60_000);
afterAll(async () => {
  await runnel?.stop();
}, 60_000);

/** The one block of code in this language that has this text in it. */
function block(language: string, text: string): string {
  const blocks = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const found = blocks.filter(([, name, code = '']) => name === language && code.includes(text));
  expect({ text, blocks: found.length }).toEqual({ text, blocks: 1 });
  return (found[0]?.[2] ?? '')
    .replaceAll('http://127.0.0.1:3000', runnel.url)
    .replaceAll('p_…', stream)
    .replaceAll('data/admin-key', join(runnel.dataDir, 'admin-key'))
    .replaceAll('prices.mjs', join(runnel.dataDir, 'prices.mjs'))
    .replaceAll('npx runnel', `"${process.execPath}" "${CLI}"`);
}

const shell = (text: string) => Example.start(['bash', '-c', `exec ${block('sh', text)}`], env);
/** In the root of the checkout, where the packages of the README have their names. */
const node = (text: string) =>
  Example.start(['node', '--input-type=module', '--eval', block('js', text)], env);

async function ends(example: Example): Promise<string> {
  const code = await example.exited();
  expect({ code, stderr: code === 0 ? '' : example.stderr }).toEqual({ code: 0, stderr: '' });
  return example.stdout;
}

async function kept() {
  const { body } = await runnel.call('GET', `/v1/streams/${stream}/events`, undefined, env.RUNNEL_API_KEY);
  return (body.data as { channel: string; payload: unknown }[]).map(({ channel, payload }) => ({
    channel,
    payload,
  }));
}

describe('the README', () => {
  it('publishes with curl, from Node, over NATS and from a workflow', async () => {
    const answer = JSON.parse(await ends(shell('curl http')));
    expect(answer).toEqual({ events: [{ id: expect.any(String), duplicate: false }] });
    await ends(node('RunnelClient'));
    await ends(node('@nats-io/transport-node'));
    await writeFile(join(runnel.dataDir, 'prices.mjs'), block('js', 'defineComponent'));
    await ends(shell('runnel run'));
    expect(await kept()).toEqual([EVENT, EVENT, EVENT, EVENT]);
  }, 60_000);

  it('listens in Node and on the command line', async () => {
    const listeners = [node('runnel/client'), shell('runnel events')];
    try {
      for (const listener of listeners) {
        await eventually('what was kept', () => listener.lines.length >= 4, 30_000);
        expect(listener.stdout).toContain('1.07');
      }
    } finally {
      await Promise.all(listeners.map((listener) => listener.stop()));
    }
  }, 60_000);

  const executable = chromiumPath();
  (executable === undefined ? it.skip : it)(
    'listens in a page, in three lines',
    async () => {
      const file = join(runnel.dataDir, 'index.html');
      await writeFile(file, block('html', 'EventSource'));
      const browser = await launchChromium(executable as string);
      try {
        const page = await browser.newPage();
        const logged: string[] = [];
        page.on('console', async (message) => {
          logged.push(JSON.stringify(await message.args()[0]?.jsonValue()));
        });
        await page.goto(pathToFileURL(file).href);
        await eventually('what was kept', () => logged.length === 4, 30_000);
        expect(new Set(logged)).toEqual(new Set([JSON.stringify(EVENT.payload)]));
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});
