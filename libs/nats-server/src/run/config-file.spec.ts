import { describe, expect, it } from '@jest/globals';
import { configFile, type ServerSettings } from './config-file.js';

const settings: ServerSettings = {
  host: '127.0.0.1',
  port: -1,
  storeDir: '/data/js',
  portsDir: '/run/ports',
  maxPayloadBytes: 1024,
  maxFileStoreBytes: undefined,
  syncAlways: false,
  users: [],
  systemUser: undefined,
  accounts: undefined,
  cluster: undefined,
  monitoring: false,
  extraConfig: undefined,
};

describe('configFile', () => {
  it('holds what was asked for and leaves the rest to nats-server', () => {
    expect(configFile(settings)).toBe(
      [
        'host: "127.0.0.1"',
        'port: -1',
        'ports_file_dir: "/run/ports"',
        'max_payload: 1024',
        'jetstream: {"store_dir":"/data/js"}',
        '\n',
      ].join('\n'),
    );
  });

  it('quotes every text, so that none can add settings', () => {
    const text = configFile({ ...settings, users: [{ user: 'a', password: '"} port: 1\n' }] });
    expect(text).toContain('authorization: {"users":[{"user":"a","password":"\\"} port: 1\\n"}]}');
  });

  it('keeps services, publishers and the system apart, and has logins of others decided', () => {
    const services = [{ user: 'auth', password: '"} port: 1', role: 'auth' as const }];
    const callout = { user: 'callout', password: 'p' };
    const accounts = { services, shards: 1, callout, issuer: 'AISSUER' };
    const text = configFile({ ...settings, accounts });
    expect(text).toContain(
      '"RUNNEL":{"jetstream":"enabled","users":[{"user":"auth","password":"\\"} port: 1","permissions":{"publish":',
    );
    expect(text).toContain(
      '"PUBLISHERS":{"imports":[{"service":{"account":"RUNNEL","subject":"publish.*.*"}},{"stream":{"account":"RUNNEL","subject":"presence.*.*"}}]}',
    );
    expect(text).toContain('system_account: "SYS"');
    expect(text).toContain(
      'authorization: {"auth_callout":{"issuer":"AISSUER","account":"SYS","auth_users":["auth","callout"]}}',
    );
  });

  it('refuses characters that nats-server would read otherwise', () => {
    for (const password of ['\u0001', '\b', '\f', '\\\f', '\ud800']) {
      const users = [{ user: 'a', password }];
      expect(() => configFile({ ...settings, users })).toThrow('control character');
    }
  });

  it('lets a password look like an escape', () => {
    const users = [{ user: 'a', password: '\\u0041' }];
    expect(configFile({ ...settings, users })).toContain('"password":"\\\\u0041"');
  });
});
