import { expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();

it.each(['list streams', 'list st', 'ls streams'])('runnel %s prints an aligned table', async (line) => {
  here.service.stream('a-long-name', 'source', { visibility: 'private' });
  here.service.stream('b');
  expect(await here.runnel(line)).toBe(0);
  const { url } = here.service;
  expect(here.io.stdout.lines).toEqual([
    'NAME         TYPE      VISIBILITY  SSE',
    `a-long-name  http      private     ${url}/sources/dc_aaaaaaaaaaaaaaaaaaaaaa/sse`,
    `b            workflow  public      ${url}/pipelines/p_bbbbbbbbbbbbbbbbbbbbbb/sse`,
  ]);
});

it.each([
  ['sources', 'so', 'NAME  TYPE  ACTIVE  ID\na     http  yes     dc_aaaaaaaaaaaaaaaaaaaaaa\n'],
  ['workflows', 'wf', 'NAME  VISIBILITY  ID\nb     public      p_bbbbbbbbbbbbbbbbbbbbbb\n'],
])('runnel list %s, or %s, prints those alone', async (name, alias, table) => {
  here.service.stream('a', 'source');
  here.service.stream('b');
  await here.runnel(`list ${name}`);
  await here.runnel(`list ${alias}`);
  expect(here.io.stdout.text).toBe(table + table);
});

it('prints the titles of an empty list, and says so on standard error', async () => {
  expect(await here.runnel('list streams')).toBe(0);
  expect(here.io.stdout.text).toBe('NAME  TYPE  VISIBILITY  SSE\n');
  expect(here.io.stderr.text).toBe('There are no streams yet.\n');
});

it('prints what the API says with --json', async () => {
  const { view } = here.service.stream('a');
  await here.runnel('list streams --json');
  expect(JSON.parse(here.io.stdout.text)).toEqual([view]);
});

it('uses colours on a terminal, unless NO_COLOR says otherwise', async () => {
  here.io.stdout.isTerminal = true;
  await here.runnel('list streams');
  expect(here.io.stdout.text).toContain('\u001b[1m');
  here.io.stdout.text = '';
  here.io.env.NO_COLOR = '1';
  await here.runnel('list streams');
  expect(here.io.stdout.text).not.toContain('\u001b');
});
