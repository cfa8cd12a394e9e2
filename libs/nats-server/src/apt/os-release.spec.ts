import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestMachine } from '../fixtures/test-machine.js';
import { readOsRelease } from './os-release.js';

describe('readOsRelease', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());

  it('reads plain and quoted values, whatever their order', async () => {
    await machine.file(
      'etc/os-release',
      'PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID="debian"\nID_LIKE=x\n',
    );
    expect(await readOsRelease(machine.root)).toEqual({ id: 'debian', codename: 'bookworm' });
  });

  it('leaves the codename empty when there is none', async () => {
    await machine.file('etc/os-release', 'ID=debian\n');
    expect(await readOsRelease(machine.root)).toEqual({ id: 'debian', codename: '' });
  });

  it('is undefined on a system without the file', async () => {
    expect(await readOsRelease(machine.root)).toBeUndefined();
  });
});
