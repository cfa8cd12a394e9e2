import { afterAll, describe, expect, it } from '@jest/globals';
import { NatsServerUnusable } from '../errors.js';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { fromEnv } from './from-env.js';

describe('NATS_SERVER_BIN', () => {
  const machine = new TestMachine();
  afterAll(() => machine.remove());
  const naming = (path: string) => fromEnv({ ...machine.context, env: { NATS_SERVER_BIN: path } });

  it('is used when it names a good binary', async () => {
    const path = await machine.executable('mine/nats-server', fakeServer('2.12.0'));
    expect(await naming(path)).toEqual({ path, version: '2.12.0', origin: 'NATS_SERVER_BIN' });
  });

  it('is passed over when it is not set or empty', async () => {
    expect(await fromEnv(machine.context)).toEqual({ passedOver: 'is not set' });
    expect(await naming('')).toEqual({ passedOver: 'is not set' });
  });

  it('ends the search with an error when it names what cannot be used', async () => {
    await expect(naming(machine.at('nowhere'))).rejects.toThrow(NatsServerUnusable);
    await expect(naming(machine.at('nowhere'))).rejects.toThrow(
      `${machine.at('nowhere')}, which does not exist`,
    );
  });

  it('ends the search with an error when it names an old version', async () => {
    const path = await machine.executable('old/nats-server', fakeServer('2.9.10'));
    await expect(naming(path)).rejects.toThrow(/is version 2\.9\.10, and 2\.12\.0 or newer is needed/);
  });
});
