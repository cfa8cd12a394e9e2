import { describe, expect, it } from '@jest/globals';
import type { AptSource } from './apt-sources.js';
import { archiveSuites } from './archive.js';

const bookworm = { id: 'debian', codename: 'bookworm' };

function source(uri: string, suite: string, options: Partial<AptSource> = {}): AptSource {
  return { uri, suites: [suite], components: ['main'], keyrings: [], ...options };
}

describe('archiveSuites', () => {
  it("takes the machine's own Debian mirror and its keyring, for the newer suites", () => {
    const mirror = source('http://mirror.example/debian', 'bookworm', { keyrings: ['/k/a.gpg', '/k/b.gpg'] });
    expect(archiveSuites(bookworm, [mirror], '/')).toEqual(
      ['forky', 'sid'].map((suite) => ({
        uri: 'http://mirror.example/debian',
        suite,
        component: 'main',
        keyrings: '/k/a.gpg,/k/b.gpg',
      })),
    );
  });

  it('uses the keyring of the distribution when the source names none', () => {
    const places = archiveSuites(bookworm, [source('http://mirror.example/debian/', 'bookworm')], '/');
    expect(places).toMatchObject([
      { keyrings: '/usr/share/keyrings/debian-archive-keyring.gpg' },
      { keyrings: '/usr/share/keyrings/debian-archive-keyring.gpg' },
    ]);
  });

  it('does not take security mirrors, or archives of others that look like one', () => {
    const others = [
      source('http://mirror.example/debian-security', 'bookworm-security'),
      source('https://docker.example/linux/debian', 'bookworm', { components: ['stable'] }),
      source('https://vendor.example/debian/12/prod', 'bookworm'),
      source('https://database.example/apt/debian', 'bookworm/server/7.0'),
    ];
    expect(archiveSuites(bookworm, others, '/')).toEqual({
      passedOver: "apt's sources name no mirror of the debian archive",
    });
  });

  it('tries each mirror once, the steadier suite first', () => {
    const sources = ['http://a.example/debian', 'http://b.example/debian', 'http://a.example/debian'].map(
      (uri) => source(uri, 'bookworm'),
    );
    const places = archiveSuites(bookworm, sources, '/') as { uri: string; suite: string }[];
    expect(places.map(({ uri, suite }) => `${suite} ${uri}`)).toEqual([
      'forky http://a.example/debian',
      'forky http://b.example/debian',
      'sid http://a.example/debian',
      'sid http://b.example/debian',
    ]);
  });

  it('knows the mirror lists of cloud images, and machines that follow a name like testing', () => {
    const list = source('mirror+file:///etc/apt/mirrors/debian.list', 'testing');
    expect(archiveSuites({ id: 'debian', codename: '' }, [list], '/')).toHaveLength(2);
  });

  it('looks in universe of newer suites on Ubuntu', () => {
    const mirror = source('http://ports.example/ubuntu-ports/', 'noble', {
      components: ['main', 'universe'],
    });
    expect(archiveSuites({ id: 'ubuntu', codename: 'noble' }, [mirror], '/')).toEqual(
      ['stonking', 'devel'].map((suite) => ({
        uri: 'http://ports.example/ubuntu-ports/',
        suite,
        component: 'universe',
        keyrings: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
      })),
    );
  });

  it('has nothing for other systems', () => {
    expect(archiveSuites({ id: 'alpine', codename: '' }, [], '/')).toEqual({
      passedOver: 'this system is alpine, not Debian or Ubuntu',
    });
  });
});
