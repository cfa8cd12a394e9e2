import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { harness } from '../fixtures/harness.js';

const here = harness();

describe('runnel deploy', () => {
  it('deploys with name and settings, and prints name and endpoint', async () => {
    const line = 'deploy http --no-follow --name hook --set channel=order --set response.status=202';
    expect(await here.runnel(line, '--set', 'text="60"')).toBe(0);
    expect(here.service.calls.at(-1)?.body).toEqual({
      type: 'http',
      name: 'hook',
      channel: 'order',
      response: { status: 202 },
      text: '60',
    });
    expect(here.io.stdout.text).toMatch(/^Name +hook$/m);
    expect(here.io.stdout.text).toContain(`${here.service.url}/hooks/t`);
  });

  it('follows from the first event on until Ctrl-C, and exits 0', async () => {
    const exit = here.runnel('deploy http --json');
    const [stream] = await eventually('a listener', () => {
      return here.service.streams[0]?.listeners === 1 && here.service.streams;
    });
    stream?.append('{"method":"GET"}');
    await eventually('the event', () => here.io.stdout.lines.length === 2);
    expect(here.io.stdout.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ name: 'http', endpoint: `${here.service.url}/hooks/t` }),
      { id: 'e1-1', payload: { method: 'GET' } },
    ]);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('shows the refusal of a type as it is', async () => {
    expect(await here.runnel('deploy timer')).toBe(1);
    expect(here.io.stderr.text).toBe('error: It is malformed-request.\n  type: must be "http"\n');
  });

  it.each(['./source.mjs', 'source.mjs', 'a/b'])(
    'says that %s, a component, is not supported',
    async (file) => {
      expect(await here.runnel(`deploy ${file}`)).toBe(2);
      expect(here.io.stderr.text).toContain('not supported yet');
      expect(here.service.calls).toEqual([]);
    },
  );

  it.each(['x', '=1', 'a..b=1', '.a=1'])('refuses --set %s', async (text) => {
    expect(await here.runnel(`deploy http --set ${text}`)).toBe(2);
  });

  it('lets no setting reach a prototype', async () => {
    await here.runnel('deploy http --no-follow --set __proto__.polluted=1');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(here.service.calls.at(-1)?.body).toEqual(JSON.parse('{"type":"http","__proto__":{"polluted":1}}'));
  });
});
