import { describe, expect, it } from '@jest/globals';
import { orStuck, untilSent } from './unawaited.js';

const listeners = () => process.listenerCount('beforeExit') + process.listenerCount('uncaughtException');

describe('orStuck', () => {
  it('is the same promise, and listens no longer than that', async () => {
    const before = listeners();
    expect(await orStuck(Promise.resolve(1))).toBe(1);
    await expect(orStuck(Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(listeners()).toBe(before);
  });

  it('fails when the process has nothing left to wait for', async () => {
    const running = orStuck(new Promise(() => {}));
    process.emit('beforeExit', 0);
    await expect(running).rejects.toThrow('waits for something that never comes');
  });
});

describe('untilSent', () => {
  it('is the same promise, and listens no longer than that', async () => {
    const before = listeners();
    expect(await untilSent(Promise.resolve(1))).toBe(1);
    await expect(untilSent(Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(listeners()).toBe(before);
  });

  it('lets the events go out first when other code fails meanwhile', async () => {
    let sent = () => {};
    const sending = untilSent(new Promise<void>((resolve) => (sent = resolve)));
    process.emit('uncaughtException', new Error('too late'));
    sent();
    await expect(sending).rejects.toThrow(
      'The events were sent, but code that nobody awaited failed: too late',
    );
  });
});
