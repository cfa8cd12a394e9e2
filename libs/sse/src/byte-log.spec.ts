import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteLog } from './byte-log.js';

const read = (log: ByteLog, from: number): string => {
  let text = '';
  for (let position = from; position < log.head; ) {
    const view = log.view(position);
    text += view.toString();
    position += view.length;
  }
  return text;
};

describe('ByteLog', () => {
  it('reads back what was appended, from any entry on', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 700 }), { maxLength: 60 }), (frames) => {
        const log = new ByteLog(100);
        for (const [index, frame] of frames.entries()) log.append(Buffer.from(frame), { key: index + 1 });
        for (let seen = 0; seen <= frames.length; seen += 7) {
          expect(read(log, log.positionAfter(seen))).toBe(frames.slice(seen).join(''));
        }
      }),
    );
  });

  it('keeps the newest entries for readers to come, and their bytes after a release', () => {
    const log = new ByteLog(3);
    for (let key = 1; key <= 10; key += 1) log.append(Buffer.alloc(500, 0x30 + key), { key: key * 10 });
    log.release(log.head);
    expect(log.entries.map(({ key }) => key)).toEqual([80, 90, 100]);
    expect(log.positionAfter(0)).toBe(log.entries[0]?.start);
    expect(read(log, log.positionAfter(0))).toHaveLength(1500);
  });

  it('keeps what a slow reader still needs', () => {
    const log = new ByteLog(1);
    log.append(Buffer.alloc(2000, 0x61), { key: 1 });
    log.append(Buffer.alloc(2000, 0x62), { key: 2 });
    log.release(0);
    expect(read(log, 0)).toHaveLength(4000);
    log.release(log.head);
    expect(log.tail).toBe(2000);
  });

  it('ends each view where a frame ends', () => {
    const log = new ByteLog(100);
    const ends = new Set<number>();
    for (let key = 1; key <= 100; key += 1) {
      log.append(Buffer.alloc(1 + ((key * 37) % 900)), { key });
      ends.add(log.head);
    }
    for (let position = 0; position < log.head; ) {
      position += log.view(position).length;
      expect(ends).toContain(position);
    }
  });

  it('gives what was reserved in one view', () => {
    const log = new ByteLog(100);
    log.reserve(50_000);
    for (let key = 1; key <= 100; key += 1) log.append(Buffer.alloc(500), { key });
    expect(log.view(0)).toHaveLength(50_000);
  });

  it('passes control frames on in their place without making them entries', () => {
    const log = new ByteLog(10);
    log.append(Buffer.from('one'), { key: 1 });
    log.append(Buffer.from('control'));
    log.append(Buffer.from('two'), { key: 2 });
    expect(read(log, log.positionAfter(0))).toBe('onecontroltwo');
    expect(read(log, log.positionAfter(1))).toBe('two');
    expect(log.keyBefore(log.head)).toBe(2);
  });

  it('says which entries to write one by one when some between them were taken out', () => {
    const log = new ByteLog(10);
    for (let key = 1; key <= 5; key += 1) log.append(Buffer.from(`<${key}>`), { key });
    expect(log.scatteredAfter(0)).toBeUndefined();
    log.removeEntries(2, 3);
    const text = (after: number) =>
      log
        .scatteredAfter(after)
        ?.map((entry) => log.frame(entry).toString())
        .join('');
    expect(text(0)).toBe('<1><4><5>');
    expect(text(3)).toBeUndefined();
    log.removeEntries(5, 9);
    expect(text(3)).toBe('<4>');
  });
});
