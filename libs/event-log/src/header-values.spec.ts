import { describe, expect, it } from '@jest/globals';
import { type Msg, MsgHdrsImpl, MsgImpl, type Publisher } from '@nats-io/nats-core/internal';
import fc from 'fast-check';
import { headerValues } from './header-values.js';

const PAYLOAD = '{"a":1}';

/** A message as the client hands it over, with these bytes for its headers. */
function messageWith(block: string): Msg {
  const subject = Buffer.from('live.default.p_x');
  // In the middle of what was read from the socket.
  const bytes = Buffer.from(`MSG\r\n${block}${PAYLOAD}`).subarray(5);
  const size = bytes.length;
  const hdr = Buffer.byteLength(block);
  return new MsgImpl({ subject, sid: 1, hdr, size }, bytes, {} as Publisher) as Msg;
}

const block = (lines: readonly string[]) => `NATS/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

function decoded(text: string): MsgHdrsImpl | undefined {
  try {
    return MsgHdrsImpl.decode(Buffer.from(text));
  } catch {
    return undefined;
  }
}

describe('headerValues', () => {
  it('finds the first and the last value of a header, and nothing of others that look like it', () => {
    const values = headerValues(
      messageWith(
        block(['Runnel-Channel: a', 'X-Nats-Sequence: 1', 'Nats-Sequence:2', 'Nats-Sequence:  31 ']),
      ),
    );
    expect(values.readable).toBe(true);
    expect([values.first('Nats-Sequence'), values.last('Nats-Sequence')]).toEqual(['2', '31']);
    expect([values.first('Runnel-Channel'), values.last('Runnel-Channel')]).toEqual(['a', 'a']);
    expect([values.first('Sequence'), values.last('nats-sequence'), values.last('Nats')]).toEqual([
      '',
      '',
      '',
    ]);
  });

  it('reads what is not ASCII as the client does', () => {
    const values = headerValues(messageWith(block(['Runnel-Channel: canal/ü 日本'])));
    expect([values.readable, values.first('Runnel-Channel')]).toEqual([true, 'canal/ü 日本']);
  });

  it('reads only what JetStream has said where the client throws', () => {
    const values = headerValues(messageWith(block(['Nats-Sequence: 1', 'A: b\rc', 'Nats-Sequence: 7'])));
    expect([values.readable, values.first('A'), values.last('Nats-Sequence')]).toEqual([false, '', '7']);
  });

  it('says the same as the client of every block, and that it is unreadable where the client throws', () => {
    const text = fc.stringMatching(/^[ -~]{0,12}$/);
    const name = fc.oneof(fc.constantFrom('A', 'B', 'a', 'AB'), fc.stringMatching(/^[!-~ ]{1,6}$/));
    const line = fc.oneof(
      fc.tuple(name, text).map((parts) => parts.join(':')),
      fc.tuple(name, text).map((parts) => parts.join(': ')),
      text,
      fc.constantFrom('A: ü', 'B:\t1', ':', ''),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const values = headerValues(messageWith(block(lines)));
        const clients = decoded(block(lines));
        expect(values.readable).toBe(clients !== undefined);
        if (clients === undefined) return;
        for (const wanted of ['A', 'B', 'a', 'AB', 'C']) {
          expect(values.first(wanted)).toBe(clients.get(wanted));
          expect(values.last(wanted)).toBe(clients.last(wanted));
        }
      }),
    );
  });
});
