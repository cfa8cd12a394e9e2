import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';
import { KEY } from '../fixtures/runnel-stand-in.js';

const here = harness();
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runnel-cli-'));
  here.io.env = { HOME: home };
});
afterEach(() => rm(home, { recursive: true }));

const configText = () => readFile(join(home, '.config/runnel/config.json'), 'utf8');
const everythingWritten = () => here.io.stdout.text + here.io.stderr.text;

describe('runnel login', () => {
  it('keeps address and key from options, for their owner only, and shows no secret', async () => {
    expect(await here.runnel(`login --url ${here.service.url}/ --key ${KEY}`)).toBe(0);
    expect(JSON.parse(await configText())).toEqual({
      profiles: { default: { url: here.service.url, key: KEY } },
    });
    expect((await stat(join(home, '.config/runnel'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home, '.config/runnel/config.json'))).mode & 0o777).toBe(0o600);
    expect(everythingWritten()).toContain('rnl_abcdefghijkl_…');
    expect(everythingWritten()).not.toContain('s3cr3t');
  });

  it('asks on a terminal, for the key without showing it', async () => {
    here.io.inputIsTerminal = true;
    here.io.answers = [here.service.url, KEY];
    expect(await here.runnel('login')).toBe(0);
    expect(here.io.questions.map(({ hidden }) => hidden)).toEqual([false, true]);
    expect(here.io.questions[0]?.question).toContain('http://127.0.0.1:3000');
    expect(await configText()).toContain(KEY);
  });

  it('reads the key from standard input elsewhere', async () => {
    here.io.input = ['\n', KEY.slice(0, 9), `${KEY.slice(9)}\nrest`];
    expect(await here.runnel(`login --url ${here.service.url}`)).toBe(0);
    expect(await configText()).toContain(KEY);
  });

  it('keeps nothing that the service refuses', async () => {
    expect(await here.runnel(`login --url ${here.service.url} --key rnl_other`)).toBe(1);
    await expect(configText()).rejects.toThrow('ENOENT');
    expect(everythingWritten()).not.toContain('rnl_other');
  });

  it('keeps nothing of a service that is not there', async () => {
    await here.service.stop();
    expect(await here.runnel(`login --url http://127.0.0.1:1 --key ${KEY}`)).toBe(3);
    await expect(configText()).rejects.toThrow('ENOENT');
    await here.service.listen(0);
  });

  it.each([
    ['an empty key', 'login', ''],
    ['an address without scheme', 'login --key x --url', 'example.com'],
    ['an address of another kind', 'login --key x --url', 'ftp://example.com'],
    ['an address with a password', 'login --key x --url', 'http://a:b@example.com'],
  ])('refuses %s as wrong usage', async (_what, line, last) => {
    expect(await here.runnel(line, ...(last === '' ? [] : [last]))).toBe(2);
  });

  it('keeps profiles apart, and later commands use the one that is named', async () => {
    await here.runnel(`login -p a --url ${here.service.url} --key ${KEY}`);
    expect(await here.runnel('list streams -p a')).toBe(0);
    expect(await here.runnel('-p a list streams')).toBe(0);
    expect(await here.runnel('list streams -p b')).toBe(2);
    expect(here.io.stderr.text).toContain('There is no profile "b".');
  });

  it('lets RUNNEL_URL and RUNNEL_API_KEY win over the profile', async () => {
    await here.runnel(`login --url ${here.service.url} --key ${KEY}`);
    here.io.env.RUNNEL_API_KEY = 'rnl_other';
    expect(await here.runnel('list streams')).toBe(1);
    Object.assign(here.io.env, { RUNNEL_URL: 'http://127.0.0.1:1', RUNNEL_API_KEY: '' });
    expect(await here.runnel('list streams')).toBe(3);
  });

  it('does not send the key of a profile to another address', async () => {
    await here.runnel(`login --url ${here.service.url} --key ${KEY}`);
    here.io.env.RUNNEL_URL = here.service.url.replace('127.0.0.1', 'localhost');
    expect(await here.runnel('list streams')).toBe(1);
    expect(here.service.calls.at(-1)?.key).toBeUndefined();
    expect(here.io.stderr.text).toContain(`is for ${here.service.url} and is not sent`);
  });
});

describe('runnel logout', () => {
  it('forgets one profile and leaves the others', async () => {
    await here.runnel(`login --url ${here.service.url} --key ${KEY}`);
    await here.runnel(`login -p b --url ${here.service.url} --key ${KEY}`);
    expect(await here.runnel('logout')).toBe(0);
    expect(Object.keys(JSON.parse(await configText()).profiles)).toEqual(['b']);
  });

  it('is content when nobody is logged in', async () => {
    expect(await here.runnel('logout')).toBe(0);
    expect(here.io.stderr.text).toContain('Nobody is logged in');
  });
});
