import { describe, expect, it } from '@jest/globals';
import { clientOptions } from './nats-options.js';

describe('clientOptions', () => {
  it('takes every server of a list, with the login that stands in the first address', () => {
    const options = clientOptions({ url: 'nats://joe:s%40cret@a:4222, nats://b:4223,c', name: 'spec' });
    expect(options).toMatchObject({
      servers: ['a:4222', 'b:4223', 'c'],
      user: 'joe',
      pass: 's@cret',
      name: 'spec',
    });
  });

  it('lets a user of its own go before one in the address', () => {
    const options = clientOptions({ url: 'nats://joe:x@a', user: 'ann', password: 'y', name: 'spec' });
    expect(options).toMatchObject({ servers: ['a'], user: 'ann', pass: 'y' });
  });

  it('never gives up reconnecting', () => {
    expect(clientOptions({ url: 'a', name: 'spec' }).maxReconnectAttempts).toBe(-1);
  });
});
