import { describe, expect, it } from '@jest/globals';
import { ChunkedBody } from './chunked-body.js';

function decode(pieces: readonly string[]): { body: string; ended: boolean } {
  let body = '';
  let ended = false;
  const chunked = new ChunkedBody(
    (bytes, from, to) => {
      body += bytes.toString('latin1', from, to);
    },
    () => {
      ended = true;
    },
  );
  for (const piece of pieces) chunked.push(Buffer.from(piece), 0, piece.length);
  return { body, ended };
}

const WIRE = '5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n';

describe('a chunked body', () => {
  it('is what is in its chunks', () => {
    expect(decode([WIRE])).toEqual({ body: 'helloabcdefghijklmnopqrstuvwxyz', ended: true });
  });

  it('is the same wherever it is cut', () => {
    for (let at = 1; at < WIRE.length; at += 1) {
      expect(decode([WIRE.slice(0, at), WIRE.slice(at)])).toEqual(decode([WIRE]));
    }
    expect(decode([...WIRE])).toEqual(decode([WIRE]));
  });

  it('goes on until its last chunk', () => {
    expect(decode(['3\r\nabc\r\n'])).toEqual({ body: 'abc', ended: false });
  });

  it.each(['x\r\n', '3\rabc', '3\r\nabcd\r\n', '0\r\nx'])('is not %j', (wire) => {
    expect(() => decode([wire])).toThrow();
  });
});
