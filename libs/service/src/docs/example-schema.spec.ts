import { describe, expect, it } from '@jest/globals';
import { schemaOfExamples } from './example-schema.js';

describe('schemaOfExamples', () => {
  it('takes for required what every example has, and for nullable what one has as null', () => {
    expect(
      schemaOfExamples([
        { a: 1, b: null },
        { a: 2, b: 'x', c: true },
      ]),
    ).toEqual({
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'string', nullable: true }, c: { type: 'boolean' } },
      required: ['a', 'b'],
    });
  });

  it('knows the items of lists by all of them, and nothing of what users put in', () => {
    expect(schemaOfExamples([{ data: [{ payload: 1 }, { payload: 'x', ts: 1.5 }] }])).toEqual({
      type: 'object',
      properties: {
        data: {
          type: 'array',
          items: {
            type: 'object',
            properties: { payload: {}, ts: { type: 'number' } },
            required: ['payload'],
          },
        },
      },
      required: ['data'],
    });
  });
});
