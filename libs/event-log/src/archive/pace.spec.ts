import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

/** A pace whose copies end when the spec says how. */
function newPace() {
  const answers: ((through: number | undefined) => void)[] = [];
  const pace = new Pace(() => new Promise((resolve) => answers.push(resolve)));
  const sent: number[] = [];
  const publish = (seq: number) =>
    pace.run(async () => {
      sent.push(seq);
      return { seq, duplicate: false };
    });
  return { pace, answers, sent, publish };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Pace', () => {
  it('lets everything pass while there is no archive', async () => {
    const { pace, answers, sent, publish } = newPace();
    const all = Promise.all(Array.from({ length: 200 }, (_, n) => publish(n + 1)));
    answers[0]?.(undefined);
    await all;
    expect(sent).toHaveLength(200);
    pace.close();
  });

  it('is not misled by a look from before the archive was made', async () => {
    const { pace, answers, sent, publish } = newPace();
    const all = Promise.all(Array.from({ length: 200 }, (_, n) => publish(n + 1)));
    pace.lookAgain();
    answers[0]?.(undefined);
    await turn();
    expect(sent).toHaveLength(0);
    expect(answers).toHaveLength(2);
    // No more at once than the archive can still get from the shard.
    answers[1]?.(0);
    await turn();
    expect(sent).toHaveLength(64);
    for (let n = 2; sent.length < 200; n += 1) {
      answers[n]?.(sent.length);
      await turn();
    }
    await all;
    pace.close();
  });
});
