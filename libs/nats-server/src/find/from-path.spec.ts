import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { fromPath } from './from-path.js';

describe('the PATH', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());

  it('gives the nats-server that lies on it', async () => {
    const path = await machine.executable('bin/nats-server', fakeServer('2.14.1'));
    expect(await fromPath(machine.context)).toEqual({ path, version: '2.14.1', origin: 'PATH' });
  });

  it('gives a newer one that stands behind an old one', async () => {
    await machine.executable('old/nats-server', fakeServer('2.9.10'));
    const path = await machine.executable('new/nats-server', fakeServer('2.15.0'));
    machine.env.PATH = `${machine.at('old')}:${machine.at('new')}`;
    expect(await fromPath(machine.context)).toMatchObject({ path });
  });

  it('is passed over, with the version, when it has only an old one', async () => {
    await machine.executable('bin/nats-server', fakeServer('2.9.10'));
    const result = await fromPath(machine.context);
    expect(result).toEqual({ passedOver: expect.stringMatching(/is version 2\.9\.10/) });
  });

  it('is passed over when it has none, or is not set', async () => {
    expect(await fromPath(machine.context)).toEqual({ passedOver: 'holds no nats-server' });
    delete machine.env.PATH;
    expect(await fromPath(machine.context)).toEqual({ passedOver: 'holds no nats-server' });
  });

  it('does not take directories, or files that may not be executed', async () => {
    await machine.file('bin/nats-server', fakeServer('2.15.1'), 0o644);
    await machine.file('other/nats-server/file', '');
    machine.env.PATH = `${machine.at('bin')}:${machine.at('other')}`;
    expect(await fromPath(machine.context)).toEqual({ passedOver: 'holds no nats-server' });
  });

  it('leaves relative entries alone', async () => {
    machine.env.PATH = '.:bin:';
    expect(await fromPath(machine.context)).toEqual({ passedOver: 'holds no nats-server' });
  });
});
