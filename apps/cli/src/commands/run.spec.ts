import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'runnel-run-'));
  here.service.stream('names');
});
afterEach(() => rm(directory, { recursive: true }));

const file = async (name: string, code: string) => {
  const path = join(directory, name);
  await writeFile(path, code);
  return path;
};
const run = (...args: string[]) => here.runnel('run --workflow names', ...args);
const stored = () => here.service.streams[0]?.events.map(({ channel, data }) => [channel, JSON.parse(data)]);

const SEND = `export default defineComponent({
  async run({ steps, $ }) {
    for (const name of steps.trigger.event.names ?? ['Ada', 'Grace']) {
      $.send.sse({ channel: 'names', payload: { name } });
    }
    return 'done';
  },
});`;
const THROW = `export default defineComponent({
  async run({ steps, $ }) {
    $.send.sse({ channel: 'names', payload: 1 });
    throw new RangeError('boom');
  },
});`;

describe('runnel run', () => {
  it('runs a file as it is, and sends what it collected in one batch', async () => {
    expect(await run(await file('send-names.mjs', SEND))).toBe(0);
    expect(stored()).toEqual([
      ['names', { name: 'Ada' }],
      ['names', { name: 'Grace' }],
    ]);
    expect(here.service.calls).toHaveLength(1);
    expect(here.io.stderr.text).toBe('Sent 2 events to names.\n');
    expect(here.io.stdout.text).toBe('');
  });

  it('runs several files in order, and prints what the last one returns', async () => {
    const first = await file('first.mjs', 'export default { run: () => [1] };');
    const second = await file('second.mjs', 'export default { run: ({ steps }) => steps };');
    expect(await run(first, second, '--json')).toBe(0);
    expect(JSON.parse(here.io.stdout.text)).toMatchObject({
      trigger: { event: {} },
      first: { $return_value: [1] },
    });
  });

  it('names steps with --step', async () => {
    const path = await file('step.mjs', 'export default { run: ({ steps }) => Object.keys(steps) };');
    expect(await run('--step', `one=${path}`, '--step', `two=${path}`, '--json')).toBe(0);
    expect(JSON.parse(here.io.stdout.text)).toEqual(['trigger', 'one']);
  });

  it('prints null for a run that returns nothing', async () => {
    expect(await run(await file('step.mjs', 'export default { run() {} };'), '--json')).toBe(0);
    expect(here.io.stdout.text).toBe('null\n');
  });

  it('takes the event from the argument, a file or standard input', async () => {
    const path = await file('step.mjs', SEND);
    const event = '{"names":["Margaret"]}';
    here.io.input = ['{"names":', '["Margaret"]}'];
    for (const argument of [event, `@${await file('event.json', event)}`, '-']) {
      expect(await run(path, '--event', argument)).toBe(0);
    }
    expect(stored()).toEqual(Array.from({ length: 3 }, () => ['names', { name: 'Margaret' }]));
  });

  it('gives props their values', async () => {
    const code = 'export default { props: { n: "integer" }, run() { return this.n + 1; } };';
    expect(await run(await file('step.mjs', code), '--prop', 'n=41', '--json')).toBe(0);
    expect(here.io.stdout.text).toBe('42\n');
  });

  it('says why a run ended early', async () => {
    const path = await file('step.mjs', 'export default { run: ({ $ }) => $.flow.exit("no news") };');
    expect(await run(path)).toBe(0);
    expect(here.io.stderr.text).toBe('The run ended early: no news\nSent 0 events to names.\n');
  });

  it('sends nothing of a run that throws, and shows its stack', async () => {
    expect(await run(await file('greet.mjs', SEND), await file('step.mjs', THROW))).toBe(1);
    expect(here.service.calls).toEqual([]);
    expect(here.io.stderr.text).toMatch(/^RangeError: boom\n {4}at .*step\.mjs:4/);
    expect(here.io.stderr.text).toContain('Nothing was sent.\nerror: The step "step" failed: boom\n');
  });

  it('shows where a syntax error is', async () => {
    expect(await run(await file('step.mjs', 'export default {\n  run() { const a = ; },\n};'))).toBe(1);
    expect(here.io.stderr.text).toContain('step.mjs:2\n  run() { const a = ; },\n                    ^');
  });

  it('is refused where the service refuses', async () => {
    here.service.nextRefusals.push([403, 'not-allowed']);
    expect(await run(await file('step.mjs', SEND))).toBe(1);
    expect(here.io.stderr.text).toBe(
      'The run finished, but 2 of 2 events are not confirmed.\nerror: It is not-allowed.\n',
    );
  });

  it('says how to send again without storing twice where the service cannot be reached', async () => {
    here.io.env.RUNNEL_URL = 'http://127.0.0.1:1';
    expect(await run(await file('step.mjs', SEND), '--run-id', 'order-7')).toBe(3);
    expect(here.io.stderr.text).toContain('--run-id order-7 stores nothing twice.');
  });

  it.each([
    ['no file', []],
    ['a file that is not there', ['nowhere.mjs']],
    ['a directory', [tmpdir()]],
    ['files and steps together', ['a.mjs', '--step', 'b=b.mjs']],
    ['a step without a file', ['--step', 'b']],
    ['an event that is no JSON', ['FILE', '--event', '{']],
    ['an event in a file that is not there', ['FILE', '--event', '@nowhere.json']],
    ['a prop that no step has', ['FILE', '--prop', 'x=1']],
    ['a run id with a space', ['FILE', '--run-id', 'a b']],
  ])('is wrong usage with %s', async (_what, args) => {
    const path = await file('step.mjs', SEND);
    expect(await run(...args.map((arg) => (arg === 'FILE' ? path : arg)))).toBe(2);
    expect(here.service.calls).toEqual([]);
  });

  it('is wrong usage without a workflow', async () => {
    expect(await here.runnel('run step.mjs')).toBe(2);
    expect(here.io.stderr.text).toContain('--workflow');
  });
});
