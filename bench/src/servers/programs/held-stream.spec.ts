import { describe, expect, it } from '@jest/globals';
import { HeldStream } from './held-stream.js';

describe('the application behind pushpin', () => {
  it('has a connection held on the channel of its stream, and says something even without events', () => {
    const stream = new HeldStream('7');
    expect(stream.holdHeaders).toMatchObject({
      'content-type': 'text/event-stream',
      'grip-hold': 'stream',
      'grip-channel': '7',
    });
    expect(stream.replay()).toBe(':\n\n');
  });

  it('hands over each event as a frame, in order, and numbers them on', () => {
    const stream = new HeldStream('7');
    stream.add([{ n: 1 }]);
    const content = (n: number) => `id: ${n}\nevent: bench\ndata: {"n":${n}}\n\n`;
    const item = (n: number) => ({ channel: '7', formats: { 'http-stream': { content: content(n) } } });
    expect(JSON.parse(stream.add([{ n: 2 }, { n: 3 }]))).toEqual({ items: [item(2), item(3)] });
    expect(stream.replay()).toBe(content(1) + content(2) + content(3));
  });

  it('replays the newest 100', () => {
    const stream = new HeldStream('7');
    for (let n = 1; n <= 150; n += 1) stream.add([n]);
    const ids = [...stream.replay().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => index + 51));
  });
});
