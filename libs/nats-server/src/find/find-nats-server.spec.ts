import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NatsServerNotFound, NatsServerUnusable } from '../errors.js';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { findNatsServer } from './find-nats-server.js';

describe('findNatsServer', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());
  const find = () => findNatsServer({ ...machine.context, offline: true });
  const inCache = 'home/.cache/runnel/nats-server/2.14.0-linux-x64/nats-server';

  it('prefers NATS_SERVER_BIN to the PATH, and the PATH to the cache', async () => {
    await machine.executable(inCache, fakeServer('2.14.0'));
    expect(await find()).toMatchObject({ origin: 'cache', version: '2.14.0' });
    await machine.executable('bin/nats-server', fakeServer('2.12.1'));
    expect(await find()).toMatchObject({ origin: 'PATH', version: '2.12.1' });
    machine.env.NATS_SERVER_BIN = await machine.executable('mine', fakeServer('2.12.0'));
    expect(await find()).toMatchObject({ origin: 'NATS_SERVER_BIN', version: '2.12.0' });
  });

  it('does not fall through when NATS_SERVER_BIN is wrong', async () => {
    await machine.executable('bin/nats-server', fakeServer('2.15.1'));
    machine.env.NATS_SERVER_BIN = machine.at('nowhere');
    await expect(find()).rejects.toThrow(NatsServerUnusable);
  });

  it('goes on to the cache when the PATH has an old one', async () => {
    await machine.executable('bin/nats-server', fakeServer('2.9.10'));
    await machine.executable(inCache, fakeServer('2.14.0'));
    expect(await find()).toMatchObject({ origin: 'cache' });
  });

  it('looks in another cache when it is told one', async () => {
    await machine.executable('elsewhere/2.15.1-linux-x64/nats-server', fakeServer('2.15.1'));
    const found = await findNatsServer({
      ...machine.context,
      offline: true,
      cacheDir: machine.at('elsewhere'),
    });
    expect(found).toMatchObject({ origin: 'cache', version: '2.15.1' });
  });

  it('tells of every step why it led nowhere, and of every way to help', async () => {
    await machine.executable('bin/nats-server', fakeServer('2.9.10'));
    const error = await find().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NatsServerNotFound);
    const { message, passedOver } = error as NatsServerNotFound;
    expect(passedOver.map(({ step }) => step)).toEqual([
      'NATS_SERVER_BIN',
      'PATH',
      'cache',
      'release',
      'apt',
    ]);
    expect(message).toContain('NATS_SERVER_BIN: is not set');
    expect(message).toContain('is version 2.9.10');
    expect(message).toContain('set NATS_SERVER_BIN to the path');
    expect(message).toContain('install nats-server 2.12.0 or newer on the PATH');
    expect(message).toContain('set NATS_URL');
  });

  it('says so when the cache cannot be written, before anything is downloaded', async () => {
    const cacheDir = await machine.file('occupied', '');
    const error = await findNatsServer({ ...machine.context, cacheDir }).catch((reason: unknown) => reason);
    const reason = (error as NatsServerNotFound).passedOver.find(({ step }) => step === 'release')?.reason;
    expect(reason).toContain(cacheDir);
  });
});
