import { describe, expect, it } from '@jest/globals';
import { releaseAsset } from './release-asset.js';

describe('releaseAsset', () => {
  it('names the archive of this kind of machine in the official releases', () => {
    expect(releaseAsset('linux', 'x64')).toEqual({
      version: '2.15.0',
      url: 'https://github.com/nats-io/nats-server/releases/download/v2.15.0/nats-server-v2.15.0-linux-amd64.tar.gz',
      sha256: '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
      binary: 'nats-server-v2.15.0-linux-amd64/nats-server',
    });
  });

  it('has a checksum of its own for every kind that it lists', () => {
    const kinds: [NodeJS.Platform, string][] = [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['linux', 'arm'],
      ['linux', 'ia32'],
      ['linux', 'ppc64'],
      ['linux', 's390x'],
      ['darwin', 'x64'],
      ['darwin', 'arm64'],
    ];
    const sums = kinds.map(([platform, arch]) => releaseAsset(platform, arch)?.sha256);
    for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(sums).size).toBe(kinds.length);
  });

  it('has nothing for kinds without an established checksum', () => {
    expect(releaseAsset('win32', 'x64')).toBeUndefined();
    expect(releaseAsset('freebsd', 'x64')).toBeUndefined();
    expect(releaseAsset('linux', 'mips')).toBeUndefined();
  });
});
