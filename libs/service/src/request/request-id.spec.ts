import { type IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { requestId, requestIdOf } from './request-id.js';

function requestWith(headers: Record<string, string>): IncomingMessage {
  return { headers } as unknown as IncomingMessage;
}

function idFor(headers: Record<string, string>): string {
  return requestIdOf(requestWith(headers));
}

describe('requestId', () => {
  it('keeps a well-formed id of the caller', () => {
    expect(idFor({ 'x-request-id': 'abc-123/~!' })).toBe('abc-123/~!');
  });

  it.each(['', 'two words', 'ü', 'a\tb', 'x'.repeat(65)])('replaces %j', (header) => {
    expect(idFor({ 'x-request-id': header })).toMatch(/^[0-9A-Za-z]{8}-[0-9a-z]+$/);
  });

  it('makes another one for each request, and the same one for each question', () => {
    const request = requestWith({});
    expect(requestIdOf(request)).toBe(requestIdOf(request));
    expect(requestIdOf(request)).not.toBe(idFor({}));
  });

  it('tells the caller', () => {
    const request = requestWith({ 'x-request-id': 'mine' });
    const response = new ServerResponse(request);
    let calls = 0;
    requestId(request, response, () => {
      calls++;
    });
    expect([response.getHeader('X-Request-Id'), calls]).toEqual(['mine', 1]);
  });
});
