import { describe, expect, it } from '@jest/globals';
import { Position } from './position.js';

const message = (id: string | undefined) => ({ id, data: '1' });

describe('Position', () => {
  it('is where the last message with an id was', () => {
    const position = new Position('e1-1');
    for (const id of ['e1-2', undefined, 'e1-3', '']) position.moveTo(message(id));
    expect(position.cursor).toBe('e1-3');
  });

  it('knows a repeat among the latest thousand, and forgets what is older', () => {
    const position = new Position();
    const ids = Array.from({ length: 1_001 }, (_, n) => `e1-${n}`);
    expect(ids.every((id) => position.moveTo(message(id)))).toBe(true);
    expect(position.moveTo(message('e1-1000'))).toBe(false);
    expect(position.moveTo(message('e1-1'))).toBe(false);
    expect(position.moveTo(message('e1-0'))).toBe(true);
  });
});
