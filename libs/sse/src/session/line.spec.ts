import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeOutlet } from '../../test/fake-connection.js';
import { settle, turn } from '../../test/turns.js';
import { Feed } from '../channel/feed.js';
import { SharedFrame } from '../events/shared-frame.js';
import { Line } from './line.js';

const frame = (text: string) => new SharedFrame(Buffer.from(text));

function newLine(maxPendingBytes = 1_000) {
  const outlet = new FakeOutlet();
  const cuts: string[] = [];
  const onSlow = () => {
    cuts.push('slow');
    line.destroy();
  };
  const line: Line = new Line(outlet, { maxPendingBytes, onSlow }, 'first');
  return { outlet, line, cuts };
}

function newFeed(...members: Line[]): Feed {
  const feed = new Feed('plain');
  for (const member of members) member.join(feed);
  return feed;
}

describe('a line', () => {
  it('writes what is sent within a turn at once', async () => {
    const { line, outlet } = newLine();
    for (let n = 0; n < 10; n += 1) line.send(frame(`${n}`));
    await turn();
    expect(outlet.received).toBe('0123456789');
    expect(outlet.writes).toBe(1);
  });

  it('does not wait for the end of the turn when much is sent', () => {
    const { line, outlet } = newLine();
    line.send(frame('x'.repeat(20_000)));
    expect(outlet.received).toHaveLength(20_000);
  });

  it('tells by what send returns whether the client keeps up, and when it does so again', async () => {
    const { line, outlet } = newLine();
    outlet.stuck = true;
    expect(line.send(frame('a'))).toBe(true);
    await turn();
    expect(line.send(frame('b'))).toBe(false);
    let drained: boolean | undefined;
    void line.drained().then((value) => {
      drained = value;
    });
    await settle();
    expect(drained).toBeUndefined();
    outlet.unstick();
    await settle();
    expect(drained).toBe(true);
    expect(outlet.received).toBe('ab');
  });

  it('says that it will not drain when it is closed meanwhile', async () => {
    const { line, outlet } = newLine();
    outlet.stuck = true;
    line.send(frame('a'));
    await turn();
    const drained = line.drained();
    line.close();
    expect(await drained).toBe(false);
    expect(line.send(frame('b'))).toBe(false);
    expect(await line.drained()).toBe(false);
  });

  it('is cut when more comes while more than the bound waits, whichever way it came', async () => {
    for (const way of ['send', 'feed', 'both'] as const) {
      const { line, outlet, cuts } = newLine(100);
      const feed = newFeed(line);
      outlet.stuck = true;
      for (let n = 0; n < 30; n += 1) {
        if (way === 'feed' || (way === 'both' && n % 2 === 0)) feed.append(frame('1234567890'), undefined);
        else line.send(frame('1234567890'));
        expect(line.pendingBytes).toBeLessThanOrEqual(120);
        await settle();
      }
      expect(cuts).toEqual(['slow']);
      expect(outlet.state).toBe('cut');
      expect(line.pendingBytes).toBe(0);
      expect(feed.size).toBe(0);
    }
  });

  it('leaves what a slow client has not read in the log, which is shared, until something is sent to it alone', async () => {
    const { line, outlet } = newLine();
    const feed = newFeed(line);
    outlet.stuck = true;
    feed.append(frame('a'), undefined);
    await settle();
    feed.append(frame('b'), undefined);
    await settle();
    expect(outlet.received).toBe('a');
    line.send(frame('c'));
    feed.append(frame('d'), undefined);
    outlet.unstick();
    await settle();
    expect(outlet.received).toBe('abcd');
  });

  it('reads the log of the largest feed, in whatever order it joined them', () => {
    const [one, other] = [newLine(), newLine()];
    const own = newFeed(one.line);
    const all = newFeed(other.line, newLine().line);
    one.line.join(all);
    expect(own.size).toBe(1);
    expect(all.size).toBe(3);
    own.append(frame('mine'), undefined);
    all.append(frame('everybody'), undefined);
    own.append(frame('mine again'), undefined);
    one.line.end();
    expect(one.outlet.received).toBe('mineeverybodymine again');
    expect(own.size + all.size).toBe(3);
  });

  it('still delivers what a feed sent before it left, and nothing after', async () => {
    const { line, outlet } = newLine();
    const feed = newFeed(line);
    feed.append(frame('before'), undefined);
    line.leave(feed);
    feed.append(frame('after'), undefined);
    await settle();
    expect(outlet.received).toBe('before');
    expect(feed.size).toBe(0);
  });

  it('sends everything that waits before it ends', () => {
    const { line, outlet } = newLine();
    const feed = newFeed(line);
    outlet.stuck = true;
    line.send(frame('a'));
    feed.append(frame('b'), undefined);
    line.send(frame('c'));
    line.end();
    expect(outlet.received).toBe('abc');
    expect(outlet.state).toBe('ended');
  });

  it('knows the id that was sent last, by whatever way', async () => {
    const { line } = newLine();
    const [home, other] = [newFeed(newLine().line), newFeed()];
    home.append(frame('-'), 'before it joined');
    line.join(home);
    line.join(other);
    expect(line.lastId).toBe('first');
    line.send(frame('-'), 'own');
    expect(line.lastId).toBe('own');
    home.append(frame('-'), 'from home');
    expect(line.lastId).toBe('from home');
    home.append(frame('-'), undefined);
    expect(line.lastId).toBe('from home');
    other.append(frame('-'), 'from elsewhere');
    expect(line.lastId).toBe('from elsewhere');
    home.append(frame('-'), 'home again');
    line.leave(home);
    expect(line.lastId).toBe('home again');
    line.close();
    expect(line.lastId).toBe('home again');
  });

  it('keeps heartbeats from a client that has something to read already', async () => {
    const { line, outlet } = newLine();
    line.beat(Buffer.from('beat'));
    outlet.stuck = true;
    line.send(frame('a'));
    await turn();
    line.beat(Buffer.from('beat'));
    outlet.unstick();
    expect(outlet.received).toBe('beata');
  });
});

/** What happens to a client, in any order. */
type Step =
  | 'own'
  | 'large'
  | 'feed 0'
  | 'feed 1'
  | 'feed 2'
  | 'join'
  | 'leave'
  | 'stick'
  | 'read'
  | 'unstick'
  | 'turn';

const STEPS: Step[] = [
  'own',
  'large',
  'feed 0',
  'feed 1',
  'feed 2',
  'join',
  'leave',
  'stick',
  'read',
  'unstick',
  'turn',
];

describe('the order on a line', () => {
  it('is that in which everything was sent, however slowly the client reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat(2)), { maxLength: 60 }),
        async (steps) => {
          const { line, outlet } = newLine(Number.POSITIVE_INFINITY);
          const feeds = [newFeed(), newFeed(newLine().line), newFeed(newLine().line, newLine().line)];
          const joined = new Set<number>();
          let expected = '';
          let count = 0;
          for (const [step, index] of steps) {
            count += 1;
            const text = `${step === 'large' ? 'x'.repeat(17_000) : ''}<${count}>`;
            const feed = feeds[index] as Feed;
            if (step === 'own' || step === 'large') {
              line.send(frame(text));
              expected += text;
            } else if (step.startsWith('feed')) {
              const number = Number(step.at(-1));
              feeds[number]?.append(frame(text), undefined);
              if (joined.has(number)) expected += text;
            } else if (step === 'join' && !joined.has(index)) {
              line.join(feed);
              joined.add(index);
            } else if (step === 'leave') {
              line.leave(feed);
              joined.delete(index);
            } else if (step === 'stick') outlet.stuck = true;
            else if (step === 'read') outlet.readOnce();
            else if (step === 'unstick') outlet.unstick();
            else if (step === 'turn') await turn();
          }
          outlet.unstick();
          await settle();
          expect(outlet.received).toBe(expected);
          expect(line.pendingBytes).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
