import { describe, expect, it } from '@jest/globals';
import { messageEvent } from './message-event.js';

const event = (data: string | Buffer, headers?: [string, string[]][]) =>
  messageEvent({ subject: 'orders.paid', data: Buffer.from(data as string), headers });

describe('messageEvent', () => {
  it.each([
    ['{"id":7}', { id: 7 }],
    ['[1]', [1]],
    ['"text"', 'text'],
    ['null', null],
    ['7', 7],
  ])('has the value of data that is JSON: %s', (data, value) => {
    expect(event(data)).toEqual({ subject: 'orders.paid', data: value });
  });

  it.each(['', 'plain', '{"half":'])('has the text of other data: %j', (data) => {
    expect(event(data)).toEqual({ subject: 'orders.paid', data });
  });

  it('has bytes that are no text in base64, and says so', () => {
    expect(event(Buffer.from([0xff, 0]))).toEqual({
      subject: 'orders.paid',
      data: '/wA=',
      data_encoding: 'base64',
    });
  });

  it('has text that is nested too deeply as text', () => {
    const deep = '['.repeat(600) + ']'.repeat(600);
    expect(event(deep).data).toBe(deep);
  });

  it('has headers where there are some, and those that are repeated as arrays', () => {
    const headers: [string, string[]][] = [
      ['A', ['1']],
      ['B', ['1', '2']],
      ['__proto__', ['x']],
    ];
    expect(JSON.stringify(event('1', headers).headers)).toBe('{"A":"1","B":["1","2"],"__proto__":"x"}');
  });
});
