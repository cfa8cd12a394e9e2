import { describe, expect, it, jest } from '@jest/globals';
import { Problem } from '#libs/contracts';
import { patiently } from './patience.js';

const stays = () => false;
const away = () => new Problem('unavailable', 'Away.');

function failing(times: number, error: () => Error) {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (asked <= times) throw error();
    return 'answer';
  };
  return { ask, asked: () => asked };
}

describe('patience with services that are away', () => {
  it('asks again until there is an answer', async () => {
    const { ask, asked } = failing(3, away);
    expect(await patiently(ask, 5_000, stays)).toBe('answer');
    expect(asked()).toBe(4);
  });

  it('gives the problem to the client when it has lasted too long', async () => {
    const { ask, asked } = failing(Number.POSITIVE_INFINITY, away);
    await expect(patiently(ask, 200, stays)).rejects.toThrow('Away.');
    expect(asked()).toBe(3);
  });

  it('does not wait for an answer that never comes', async () => {
    jest.useFakeTimers();
    const answered = expect(patiently(() => new Promise(() => {}), 8_000, stays)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await jest.advanceTimersByTimeAsync(8_000);
    jest.useRealTimers();
    await answered;
  });

  it('has none at all when the setting is 0', async () => {
    const { ask, asked } = failing(1, away);
    await expect(patiently(ask, 0, stays)).rejects.toThrow('Away.');
    expect(asked()).toBe(1);
  });

  it.each([new Problem('bad-credential', 'Bad.'), new Error('A fault.')])(
    'does not repeat what is refused or broken: %s',
    async (error) => {
      const { ask, asked } = failing(1, () => error);
      await expect(patiently(ask, 5_000, stays)).rejects.toBe(error);
      expect(asked()).toBe(1);
    },
  );

  it('ends when there is nobody left to answer', async () => {
    const { ask } = failing(Number.POSITIVE_INFINITY, away);
    let gone = false;
    const answer = patiently(ask, 600_000, () => gone);
    gone = true;
    await expect(answer).rejects.toThrow('Away.');
  });
});
