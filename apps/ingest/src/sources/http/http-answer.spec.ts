import { describe, expect, it } from '@jest/globals';
import { answerFields, answerOf, answerView } from './http-answer.js';

describe('the answer to a sender', () => {
  it('is 200 {"status":"ok"} unless the source says otherwise', () => {
    expect(answerOf()).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      text: '{"status":"ok"}',
    });
    expect(answerOf({ status: 202 })).toMatchObject({ status: 202, text: '{"status":"ok"}' });
    expect(answerView()).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('sends a text as it is and anything else as JSON', () => {
    expect(answerOf({ body: 'thanks' })).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      text: 'thanks',
    });
    expect(answerOf({ body: null })).toMatchObject({ text: 'null' });
    expect(answerOf({ body: [1] })).toMatchObject({
      contentType: 'application/json; charset=utf-8',
      text: '[1]',
    });
  });

  it('has no body where the status allows none', () => {
    expect(answerOf({ status: 204, body: 'x' }).text).toBeUndefined();
    expect(answerView({ status: 204 })).toEqual({ status: 204 });
  });

  it.each([100, 199, 600, 200.5, '200'])('cannot have the status %j', (status) => {
    expect(answerFields.safeParse({ status }).success).toBe(false);
  });
});
