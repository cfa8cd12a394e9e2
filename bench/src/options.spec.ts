import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options.js';
import { SERVER_NAMES } from './servers/server.js';

describe('the options', () => {
  it('stand for everything when there are none', () => {
    expect(parseOptions([])).toMatchObject({
      quick: false,
      only: undefined,
      servers: SERVER_NAMES,
      connections: undefined,
      install: true,
      profile: false,
    });
  });

  it('name scenarios, servers and numbers', () => {
    const args = '--quick --only a,b --servers nchan --connections 100,1000 --no-install --profile'.split(
      ' ',
    );
    expect(parseOptions(args)).toMatchObject({
      quick: true,
      only: ['a', 'b'],
      servers: ['nchan'],
      connections: [100, 1_000],
      install: false,
      profile: true,
    });
  });

  it.each([['--servers', 'x'], ['--connections', '0'], ['--sizes', 'many'], ['--what']])(
    'are not %s %s',
    (...args) => {
      expect(() => parseOptions(args)).toThrow();
    },
  );
});
