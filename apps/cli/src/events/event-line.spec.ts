import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventLine } from './event-line.js';

const event = (data: string, channel?: string) => ({ id: 'e-1', channel, payload: JSON.parse(data), data });

describe('eventLine', () => {
  it('puts any JSON on one line without changing its value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, pretty) => {
        const line = eventLine(event(JSON.stringify(value, null, pretty ? '\t' : 0)), { whole: false });
        expect(line).not.toMatch(/[\n\r\u2028\u2029]/);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps numbers that JavaScript cannot hold, and space inside strings', () => {
    const data = '{\n "n": 12345678901234567890,\n "s": "a  \\" b : c"\n}';
    expect(eventLine(event(data), { whole: false })).toBe('{"n":12345678901234567890,"s":"a  \\" b : c"}');
    expect(eventLine(event(data, 'x'), { whole: true })).toBe(
      '{"id":"e-1","channel":"x","payload":{"n":12345678901234567890,"s":"a  \\" b : c"}}',
    );
  });

  it('escapes what a terminal or a reader of lines would take for more than text', () => {
    const line = eventLine(event('"\u009b2J\u2028\u007f"'), { whole: false });
    expect(line).toBe('"\\u009b2J\\u2028\\u007f"');
  });

  it('copes with the largest event of all', () => {
    const data = JSON.stringify('"'.repeat(2 * 1024 * 1024));
    expect(eventLine(event(data), { whole: false })).toBe(data);
  });

  it('prints what is no JSON as a string', () => {
    const foreign = { id: '', channel: undefined, payload: 'not json', data: 'not json' };
    expect(eventLine(foreign, { whole: false })).toBe('"not json"');
  });
});
