import { describe, expect, it } from '@jest/globals';
import { parseHead } from './response-head.js';

describe('the head of a response', () => {
  it('has a status, headers by small letters, and a length', () => {
    const head = parseHead(Buffer.from('HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX: a: b\r\n\r\n{}'));
    expect(head?.status).toBe(201);
    expect([...(head?.headers ?? [])]).toEqual([
      ['content-length', '2'],
      ['x', 'a: b'],
    ]);
    expect(head?.length).toBe(52);
  });

  it('is awaited until its empty line', () => {
    expect(parseHead(Buffer.from('HTTP/1.1 200 OK\r\nA: b\r\n'))).toBeUndefined();
  });

  it('is refused when it is none', () => {
    expect(() => parseHead(Buffer.from('SSH-2.0-x\r\n\r\n'))).toThrow();
  });
});
