import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../failure.js';
import { lineBatches } from './line-batches.js';

async function batchesOf(...pieces: (string | Uint8Array)[]) {
  async function* chunks() {
    for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  }
  const batches: [number, string][][] = [];
  for await (const lines of lineBatches(chunks())) {
    batches.push(lines.map(({ number, text }) => [number, text]));
  }
  return batches;
}

describe('lineBatches', () => {
  it('gives what has come without waiting, numbered, and joins what was cut', async () => {
    expect(await batchesOf('a\nb\nc', 'c\n\nd')).toEqual([
      [
        [1, 'a'],
        [2, 'b'],
      ],
      [[3, 'cc']],
      [[5, 'd']],
    ]);
  });

  it('joins a character that was cut', async () => {
    const bytes = Buffer.from('ä\n');
    expect(await batchesOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual([[[1, 'ä']]]);
  });

  it('bounds a batch by its size', async () => {
    const line = 'x'.repeat(300 * 1024);
    const sizes = (await batchesOf(`${line}\n${line}\n${line.repeat(3)}\n`)).map(({ length }) => length);
    expect(sizes).toEqual([1, 1, 1]);
  });

  it('gives nothing for nothing', async () => {
    expect(await batchesOf()).toEqual([]);
    expect(await batchesOf('\n \n')).toEqual([]);
  });

  it('refuses a line without end', async () => {
    const piece = 'x'.repeat(1024 * 1024);
    await expect(batchesOf('a\n', piece, piece, piece, piece, piece)).rejects.toThrow(
      new UsageError('Line 2 is too long.'),
    );
  });
});
