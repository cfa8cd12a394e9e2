import { describe, expect, it } from '@jest/globals';
import { EventLines } from './event-lines.js';

function parse(pieces: readonly string[], withIds = true): string[] {
  const heard: string[] = [];
  const lines = new EventLines(
    {
      data: (bytes, from, to) => heard.push(`data ${bytes.toString('latin1', from, to)}`),
      event: (name) => heard.push(`event ${name}`),
      id: (id) => heard.push(`id ${id}`),
      dispatch: () => heard.push('dispatch'),
    },
    withIds,
  );
  for (const piece of pieces) lines.push(Buffer.from(piece), 0, piece.length);
  return heard;
}

const TEXT = 'retry: 1000\n:keepalive\n\nid: 7\nevent: a\ndata: one\n\ndata:two\r\n\r\n';
const HEARD = ['dispatch', 'id 7', 'event a', 'data one', 'dispatch', 'data two', 'dispatch'];

describe('the lines of an event stream', () => {
  it('are told apart by field, with LF and with CRLF, with a space and without', () => {
    expect(parse([TEXT])).toEqual(HEARD);
  });

  it('are the same wherever the stream is cut', () => {
    for (let at = 1; at < TEXT.length; at += 1) {
      expect(parse([TEXT.slice(0, at), TEXT.slice(at)])).toEqual(HEARD);
    }
    expect(parse([...TEXT])).toEqual(HEARD);
  });

  it('end where the bytes end, whatever is behind them in the buffer', () => {
    const heard: string[] = [];
    const sink = {
      data: (bytes: Buffer, from: number, to: number) => heard.push(bytes.toString('latin1', from, to)),
      event: () => {},
      id: () => {},
      dispatch: () => {},
    };
    const lines = new EventLines(sink, false);
    lines.push(Buffer.from('data: a stale\n'), 0, 7);
    lines.push(Buffer.from('b\n'), 0, 2);
    expect(heard).toEqual(['ab']);
  });

  it('leave out ids where nobody wants them', () => {
    expect(parse(['id: 7\ndata: x\n\n'], false)).toEqual(['data x', 'dispatch']);
  });
});
