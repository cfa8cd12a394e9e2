import { describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();

describe('runnel ticket', () => {
  it('prints the ticket alone, for scripts', async () => {
    expect(await here.runnel('ticket a b --channel x --channel y,z --ttl 600')).toBe(0);
    expect(here.service.calls[0]).toMatchObject({
      path: '/v1/tickets',
      body: { streams: ['a', 'b'], channels: ['x', 'y,z'], ttl_s: 600 },
    });
    expect(here.io.stdout.text).toBe('a.jwt.text\n');
    expect(here.io.stderr.text).toBe('It opens a, b until 2030-01-01T00:00:00.000Z.\n');
  });

  it('leaves out what was not given', async () => {
    await here.runnel('ticket a --json');
    expect(here.service.calls[0]?.body).toEqual({ streams: ['a'] });
    expect(JSON.parse(here.io.stdout.text)).toHaveProperty('ticket', 'a.jwt.text');
  });

  it.each(['ticket', 'ticket a --ttl 0', 'ticket a --ttl 3601', 'ticket a --ttl 1m'])(
    'refuses "%s" as wrong usage',
    async (line) => {
      expect(await here.runnel(line)).toBe(2);
    },
  );
});
