import { describe, expect, it } from '@jest/globals';
import { PublicAddress, sseUrl } from './public-address.js';

const request = (host: string | undefined, localAddress = '127.0.0.1') =>
  ({ protocol: 'http', host, socket: { localAddress, localPort: 3001 } }) as Parameters<
    PublicAddress['baseFor']
  >[0];

describe('PublicAddress', () => {
  it('is the configured one whatever the request says', () => {
    const address = new PublicAddress({ publicUrl: 'https://runnel.example/events' });
    expect(address.baseFor(request('127.0.0.1:3001'))).toBe('https://runnel.example/events');
  });

  it('is the one that the request was sent to when none is configured', () => {
    const address = new PublicAddress({ publicUrl: undefined });
    expect(address.baseFor(request('runnel.local:3001'))).toBe('http://runnel.local:3001');
  });

  it('is the address of the socket for a request without a host', () => {
    const address = new PublicAddress({ publicUrl: undefined });
    expect(address.baseFor(request(undefined))).toBe('http://127.0.0.1:3001');
    expect(address.baseFor(request(undefined, '::1'))).toBe('http://[::1]:3001');
  });
});

describe('sseUrl', () => {
  it('has the path of the kind', () => {
    expect(sseUrl('http://x', { kind: 'source', id: 'dc_1' })).toBe('http://x/sources/dc_1/sse');
    expect(sseUrl('http://x', { kind: 'workflow', id: 'p_1' })).toBe('http://x/pipelines/p_1/sse');
  });
});
