import { describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();

async function complete(...words: string[]): Promise<string[]> {
  here.io.stdout.text = '';
  expect(await here.runnel('complete --', ...words)).toBe(0);
  return here.io.stdout.lines;
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    expect(await here.runnel(`completion ${shell}`)).toBe(0);
    expect(here.io.stdout.text).toContain('runnel complete --');
  });

  it('refuses another shell', async () => {
    expect(await here.runnel('completion tcsh')).toBe(2);
  });

  it('offers commands, and hides its own', async () => {
    const words = await complete('');
    expect(words).toEqual(expect.arrayContaining(['list', 'events', 'publish']));
    expect(words).not.toContain('complete');
    expect(await complete('list', 's')).toEqual(['streams', 'sources']);
  });

  it('offers options of the command, with those that every command has', async () => {
    expect(await complete('events', '--')).toEqual(['--number', '--follow', '--json', '--profile', '--help']);
  });

  it('offers the values of an option', async () => {
    expect(await complete('update', 'x', '--visibility', '')).toEqual(['public', 'private']);
    expect(await complete('events', '-n', '')).toEqual([]);
  });

  it('offers the names of streams where one belongs', async () => {
    here.service.stream('news');
    here.service.stream('other');
    expect(await complete('events', '-f', 'n')).toEqual(['news']);
    expect(await complete('keys', 'create', 'x', '--stream', '')).toEqual(['news', 'other']);
    expect(await complete('publish', 'news', '')).toEqual([]);
  });

  it('is silent when the service cannot be asked', async () => {
    here.io.env.RUNNEL_API_KEY = 'rnl_wrong';
    expect(await complete('events', '')).toEqual([]);
    expect(here.io.stderr.text).toBe('');
  });
});
