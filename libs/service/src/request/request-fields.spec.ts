import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Problem } from '#libs/contracts';
import { checkFields } from './request-fields.js';

const schema = z.strictObject({
  name: z.string().max(64, 'must have at most 64 characters'),
  visibility: z.enum(['public', 'private'], 'must be "public" or "private"').optional(),
  response: z.strictObject({ status: z.int(), tags: z.array(z.string()) }).optional(),
});

function errorsOf(value: unknown) {
  try {
    checkFields(value, schema);
  } catch (error) {
    if (error instanceof Problem) return error.errors.map(({ field, message }) => `${field} ${message}`);
  }
  return [];
}

describe('checkFields', () => {
  it('answers the fields when all are good', () => {
    expect(checkFields({ name: 'x', visibility: 'public' }, schema)).toEqual({
      name: 'x',
      visibility: 'public',
    });
  });

  it('names each bad field by its path', () => {
    expect(errorsOf({ visibility: 'secret', response: { status: '1', tags: ['a', 2] } })).toEqual([
      'name is required',
      'visibility must be "public" or "private"',
      'response.status must be a number',
      'response.tags[1] must be a string',
    ]);
  });

  it('names each unknown field, cut to a size that can be shown', () => {
    expect(
      errorsOf(
        JSON.parse(
          `{"name":"x","__proto__":1,"response":{"status":1,"tags":[],"q":1},"${'y'.repeat(999)}":1}`,
        ),
      ),
    ).toEqual([
      'response.q is not a field of this request',
      '__proto__ is not a field of this request',
      `${'y'.repeat(64)} is not a field of this request`,
    ]);
  });

  it.each([null, [], 'text', 7])('refuses %j as a body', (value) => {
    expect(errorsOf(value)).toEqual(['body must be an object']);
  });
});
