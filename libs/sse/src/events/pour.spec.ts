import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { settle } from '../../test/turns.js';
import { pour, pourChunks, type Source } from './pour.js';

/** Takes values until there are enough, and says what it took. */
function basin(enough = Number.POSITIVE_INFINITY) {
  const taken: unknown[] = [];
  const take = (value: unknown) => {
    taken.push(value);
    return taken.length < enough;
  };
  return { taken, take };
}

describe('pour', () => {
  it.each<[string, () => Source]>([
    ['an array', () => [1, 2, 3]],
    ['an array of promises', () => [Promise.resolve(1), 2, Promise.resolve(3)]],
    ['a set', () => new Set([1, 2, 3])],
    [
      'a generator',
      function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      'an asynchronous generator',
      async function* () {
        yield* [1, 2, 3];
      },
    ],
    ['a Node stream', () => Readable.from([1, 2, 3])],
    ['a web stream', () => new Blob([]).stream().pipeThrough(startingWith([1, 2, 3]))],
  ])('takes the values of %s one by one', async (_name, source) => {
    const { taken, take } = basin();
    expect(await pour(source(), take)).toBe(true);
    expect(taken).toEqual([1, 2, 3]);
  });

  it('takes the characters of a string', async () => {
    const { taken, take } = basin(2);
    expect(await pour('abc', take)).toBe(false);
    expect(taken).toEqual(['a', 'b']);
  });

  it('asks for a value when the one before has been taken', async () => {
    let given = 0;
    async function* source() {
      for (; ; given += 1) yield given;
    }
    let release = (_more: boolean) => {};
    const pouring = pour(
      source(),
      () =>
        new Promise<boolean>((resolve) => {
          release = resolve;
        }),
    );
    await settle();
    expect(given).toBe(0);
    release(true);
    await settle();
    expect(given).toBe(1);
    release(false);
    expect(await pouring).toBe(false);
    expect(given).toBe(1);
  });

  it('lets a generator clean up when no more is wanted', async () => {
    const steps: string[] = [];
    function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        steps.push('cleaned up');
      }
    }
    expect(await pour(source(), basin(1).take)).toBe(false);
    await settle();
    expect(steps).toEqual(['cleaned up']);
  });

  it('ends at once when it is aborted, though the next value never comes', async () => {
    const abort = new AbortController();
    const stream = new PassThrough({ objectMode: true });
    const { taken, take } = basin();
    const pouring = pour(stream, take, abort.signal);
    stream.write('first');
    await settle();
    abort.abort();
    expect(await pouring).toBe(false);
    expect(taken).toEqual(['first']);
    expect(stream.destroyed).toBe(true);
    expect(await pour([1], take, abort.signal)).toBe(false);
  });

  it('hands on what goes wrong in the source', async () => {
    const stream = new PassThrough();
    const pouring = pour(stream, () => true);
    stream.destroy(new Error('broken'));
    await expect(pouring).rejects.toThrow('broken');
  });

  it('hands on what goes wrong while taking, and stops the source', async () => {
    const stream = Readable.from([1, 2]);
    const failing = pour(stream, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(stream.destroyed).toBe(true);
  });
});

describe('pourChunks', () => {
  it('keeps characters whole, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.array(fc.nat(100), { maxLength: 5 }),
        async (text, cuts) => {
          const bytes = Buffer.from(text);
          const places = [
            0,
            ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
            bytes.length,
          ];
          const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
          const { taken, take } = basin();
          expect(await pourChunks(Readable.from(chunks, { objectMode: true }), take)).toBe(true);
          expect(taken.join('')).toBe(bytes.toString());
        },
      ),
    );
  });

  it('gives text and values as they are', async () => {
    const { taken, take } = basin();
    await pourChunks(Readable.from(['a', { b: 1 }, 3]), take);
    expect(taken).toEqual(['a', { b: 1 }, 3]);
  });
});

function startingWith(values: unknown[]): TransformStream<unknown, unknown> {
  return new TransformStream({
    start: (controller) => {
      for (const value of values) controller.enqueue(value);
    },
  });
}
