import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestMachine } from '../fixtures/test-machine.js';
import { parseDeb822, parseOneLine, readAptSources } from './apt-sources.js';

describe('parseOneLine', () => {
  it('reads address, suite, components and keyrings', () => {
    expect(
      parseOneLine(`
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # why
deb-src http://mirror.example/debian bookworm main
  deb [ arch=amd64 signed-by=/k/a.gpg,/k/b.asc ] https://other.example/debian/ sid main
deb cdrom:[Debian]/ bookworm main
`),
    ).toEqual([
      {
        uri: 'http://mirror.example/debian',
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        keyrings: [],
      },
      {
        uri: 'https://other.example/debian/',
        suites: ['sid'],
        components: ['main'],
        keyrings: ['/k/a.gpg', '/k/b.asc'],
      },
      { uri: 'cdrom:[Debian]/', suites: ['bookworm'], components: ['main'], keyrings: [] },
    ]);
  });

  it('finds nothing in an empty file', () => {
    expect(parseOneLine('')).toEqual([]);
  });
});

describe('parseDeb822', () => {
  it('reads stanzas with comments inside, several values and continuation lines', () => {
    expect(
      parseDeb822(`Types: deb deb-src
# a comment inside
URIs: http://one.example/debian http://two.example/debian
Suites: bookworm bookworm-updates
Components:
 main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

types: deb
uris: http://three.example/debian
suites: sid
components: main
`),
    ).toEqual([
      ...['http://one.example/debian', 'http://two.example/debian'].map((uri) => ({
        uri,
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main', 'contrib'],
        keyrings: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
      })),
      { uri: 'http://three.example/debian', suites: ['sid'], components: ['main'], keyrings: [] },
    ]);
  });

  it('leaves out what is switched off and what has only sources', () => {
    const stanza = 'URIs: http://one.example/debian\nSuites: sid\nComponents: main\n';
    expect(parseDeb822(`Enabled: no\nTypes: deb\n${stanza}\n\nTypes: deb-src\n${stanza}`)).toEqual([]);
  });

  it('does not take a key that stands in the file for a path', () => {
    const [source] = parseDeb822(`Types: deb
URIs: http://one.example/debian
Suites: sid
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 /abc+def/
 -----END PGP PUBLIC KEY BLOCK-----
`);
    expect(source?.keyrings).toEqual([]);
  });
});

describe('readAptSources', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());

  it('reads both formats in the order of their files, and ignores other endings', async () => {
    await machine.file('etc/apt/sources.list', 'deb http://a.example/debian sid main\n');
    await machine.file('etc/apt/sources.list.d/c.list', 'deb http://c.example/debian sid main\n');
    await machine.file(
      'etc/apt/sources.list.d/b.sources',
      'Types: deb\nURIs: http://b.example/debian\nSuites: sid\nComponents: main\n',
    );
    await machine.file('etc/apt/sources.list.d/d.list.disabled', 'deb http://d.example/debian sid main\n');
    expect((await readAptSources(machine.root)).map(({ uri }) => uri)).toEqual([
      'http://a.example/debian',
      'http://b.example/debian',
      'http://c.example/debian',
    ]);
  });

  it('finds none on a machine without apt', async () => {
    expect(await readAptSources(machine.root)).toEqual([]);
  });
});
