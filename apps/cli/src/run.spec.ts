import { describe, expect, it } from '@jest/globals';
import { harness } from './fixtures/harness.js';
import { runnelProgram } from './program.js';

const here = harness();

describe('exit codes', () => {
  it.each(['--version', '--help', 'events --help', 'help events', 'keys create --help'])(
    'is 0 for %s, on standard output',
    async (line) => {
      expect(await here.runnel(line)).toBe(0);
      expect(here.io.stdout.text).not.toBe('');
      expect(here.io.stderr.text).toBe('');
    },
  );

  it.each([
    'nothing',
    'list',
    'list nothing',
    'events',
    'events a b',
    '--nothing',
    'events x --nothing',
    'keys',
  ])('is 2 for "%s", with a message on standard error', async (line) => {
    expect(await here.runnel(line)).toBe(2);
    expect(here.io.stdout.text).toBe('');
    expect(here.io.stderr.text).not.toBe('');
  });

  it('is 1 when the service refuses, with what to do about a missing key', async () => {
    here.io.env.RUNNEL_API_KEY = '';
    expect(await here.runnel('list streams')).toBe(1);
    expect(here.io.stderr.text).toBe(
      'error: This needs an API key.\nLog in with "runnel login", or set RUNNEL_API_KEY.\n',
    );
  });

  it.each(['list streams', 'events x', 'events -f x', 'describe x', 'delete x', 'keys list', 'deploy http'])(
    'is 3 for "%s" when the service is not there',
    async (line) => {
      const { url, port } = here.service;
      await here.service.stop();
      expect(await here.runnel(line)).toBe(3);
      expect(here.io.stderr.text).toMatch(new RegExp(`^error: ${url} refused the connection\\.\n`));
      await here.service.listen(port);
    },
  );

  it('is 2 for settings that cannot be used, and shows no secret of them', async () => {
    here.io.env.RUNNEL_API_KEY = 'rnl_sec ret';
    expect(await here.runnel('list streams')).toBe(2);
    here.io.env.RUNNEL_URL = 'nowhere';
    expect(await here.runnel('list streams')).toBe(2);
    expect(here.io.stderr.text).not.toContain('rnl_sec');
  });
});

it('lets no text of the service move the cursor', async () => {
  here.service.stream('evil\u001b[2J\u009b', 'workflow');
  await here.runnel('list streams');
  expect(here.io.stdout.text).toContain('evil\\u001b[2J\\u009b');
  expect(here.io.stdout.text).not.toMatch(/(?!\n)\p{Cc}/u);
});

it('says what it waits for when that takes over a second', async () => {
  here.service.nextRefusals.push([503, 'unavailable'], [503, 'unavailable'], [503, 'unavailable']);
  here.service.stream('news');
  expect(await here.runnel('publish news --channel a 1')).toBe(0);
  expect(here.io.stderr.text).toBe(`Waiting for ${here.service.url} …\n`);
});

it('explains every command with an example', () => {
  for (const command of runnelProgram(here.io).commands) {
    if (command.name() === 'complete') continue;
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toContain(`$ runnel ${command.name()}`.replace('$ runnel completion', 'runnel completion'));
  }
});
