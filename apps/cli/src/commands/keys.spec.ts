import { describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';
import { KEY } from '../fixtures/runnel-stand-in.js';

const here = harness();
const last = () => here.service.calls.at(-1);

describe('runnel keys', () => {
  it('creates a key and prints it alone, for scripts', async () => {
    expect(await here.runnel('keys create ci --scope publish,subscribe --scope manage')).toBe(0);
    expect(last()?.body).toEqual({ name: 'ci', scopes: ['publish', 'subscribe', 'manage'] });
    expect(here.io.stdout.text).toBe(`${KEY}\n`);
    expect(here.io.stderr.text).toContain('shown only now');
    expect(here.io.stderr.text).not.toContain('s3cr3t');
  });

  it('takes streams by name and a time from now', async () => {
    const { id } = here.service.stream('news').view;
    expect(await here.runnel('keys create ci --scope publish --stream news --expires 1d --json')).toBe(0);
    const body = last()?.body as { streams: string[]; expires_at: string } | undefined;
    expect(body?.streams).toEqual([id]);
    expect(Date.parse(body?.expires_at ?? '') - Date.now()).toBeGreaterThan(86_000_000);
    expect(JSON.parse(here.io.stdout.text)).toMatchObject({ id: 'key0', key: KEY });
  });

  it.each(['keys create ci', 'keys create ci --scope publish --expires soon', 'keys create --scope publish'])(
    'refuses "%s" as wrong usage',
    async (line) => {
      expect(await here.runnel(line)).toBe(2);
      expect(here.service.calls).toEqual([]);
    },
  );

  it('lists keys without secrets', async () => {
    here.service.keys.push({ id: 'k1', name: 'ci', scopes: ['publish'], streams: ['*'], expires_at: null });
    await here.runnel('keys list');
    expect(here.io.stdout.lines).toEqual([
      'ID  NAME  SCOPES   STREAMS  EXPIRES',
      'k1  ci    publish  *        never',
    ]);
  });

  it.each(['abcdefghijkl', KEY])(
    'revokes by id, which a key itself tells, without showing it: %s',
    async (text) => {
      expect(await here.runnel(`keys revoke ${text}`)).toBe(0);
      expect(last()).toMatchObject({ method: 'DELETE', path: '/v1/keys/abcdefghijkl' });
      expect(here.io.stdout.text).toBe('Revoked abcdefghijkl.\n');
    },
  );
});
