import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { listenHost, natsServers, publicUrl, trustedProxies, webOrigins } from './network-schemas.js';

function accepts(schema: z.ZodType, text: string): boolean {
  return schema.safeParse(text).success;
}

describe('listenHost', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost', 'fe80::1%eth0'])('takes %s', (text) => {
    expect(accepts(listenHost(), text)).toBe(true);
  });

  it.each(['http://localhost', 'local host', 'a/b'])('refuses %s', (text) => {
    expect(accepts(listenHost(), text)).toBe(false);
  });
});

describe('natsServers', () => {
  it('reads a list, and drops the white space in it', () => {
    expect(natsServers().parse('nats://a:4222, tls://user:pw@b:4222,c:4222')).toBe(
      'nats://a:4222,tls://user:pw@b:4222,c:4222',
    );
  });

  it.each(['http://a', 'nats://', 'nats://a,,nats://b', '://'])('refuses %s', (text) => {
    expect(accepts(natsServers(), text)).toBe(false);
  });

  it('does not quote an address, which may hold a password', () => {
    expect(JSON.stringify(natsServers().safeParse('ws://user:hunter2@a').error?.issues)).not.toContain(
      'hunter2',
    );
  });
});

describe('publicUrl', () => {
  it.each(['https://events.example.com', 'http://127.0.0.1:3000', 'https://example.com/runnel'])(
    'takes %s',
    (text) => {
      expect(accepts(publicUrl(), text)).toBe(true);
    },
  );

  it.each([
    'example.com',
    '/x',
    'ftp://a',
    'https://a/',
    'https://a?b',
    'https://a#',
    'https://u:p@a',
    'https://a b',
  ])('refuses %s', (text) => {
    expect(accepts(publicUrl(), text)).toBe(false);
  });
});

describe('trustedProxies', () => {
  it('reads addresses, ranges and loopback', () => {
    expect(trustedProxies().parse('loopback, 10.0.0.0/8,::1,fd00::/8')).toEqual([
      'loopback',
      '10.0.0.0/8',
      '::1',
      'fd00::/8',
    ]);
  });

  it.each(['true', '1', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'proxy.example.com'])(
    'refuses %s',
    (text) => {
      expect(accepts(trustedProxies(), text)).toBe(false);
    },
  );
});

describe('webOrigins', () => {
  it('reads exact origins', () => {
    expect(webOrigins().parse('https://app.example.com,http://localhost:5173')).toEqual([
      'https://app.example.com',
      'http://localhost:5173',
    ]);
  });

  it.each(['https://a/', 'https://A.example', 'https://a:443', 'a.example', 'null', 'https://*.example.com'])(
    'refuses %s',
    (text) => {
      expect(accepts(webOrigins(), text)).toBe(false);
    },
  );

  it('refuses the asterisk and says why', () => {
    expect(webOrigins().safeParse('*').error?.issues[0]?.message).toContain('every website');
  });
});
