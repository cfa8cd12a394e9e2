import { describe, expect, it } from '@jest/globals';
import { clientAddress } from './client-address.js';

const socket = { remoteAddress: '::ffff:192.0.2.1' };

describe('whom a request is counted for', () => {
  it('is the address that Express tells, or else the other end of the connection', () => {
    expect(clientAddress({ ip: '198.51.100.7', socket })).toBe('198.51.100.7');
    expect(clientAddress({ socket })).toBe('192.0.2.1');
  });

  it('is the proxy when that passes on what is no address', () => {
    for (const ip of ['unknown', '198.51.100.7:443', 'x'.repeat(8_000)]) {
      expect(clientAddress({ ip, socket })).toBe('192.0.2.1');
    }
  });

  it('is one and the same for all connections that are gone', () => {
    expect(clientAddress({ ip: undefined, socket: {} })).toBe('unknown');
  });
});
