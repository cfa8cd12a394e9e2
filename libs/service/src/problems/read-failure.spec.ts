import { describe, expect, it } from '@jest/globals';
import { BadRequestException, HttpException, InternalServerErrorException } from '@nestjs/common';
import { Problem } from '#libs/contracts';
import { readFailure } from './read-failure.js';

function parserError(type: string): Error {
  return Object.assign(new Error('quotes the body: hunter2'), { type, status: 500 });
}

describe('readFailure', () => {
  it('takes a problem as it is', () => {
    const errors = [{ field: 'events[1].channel', message: 'must not be empty', index: 1 }];
    expect(readFailure(new Problem('malformed-request', 'Bad events.', { errors }))).toMatchObject({
      type: 'urn:runnel:problem:malformed-request',
      status: 400,
      detail: 'Bad events.',
      errors,
    });
  });

  it.each([
    ['entity.too.large', 413],
    ['entity.parse.failed', 400],
    ['charset.unsupported', 415],
    ['encoding.unsupported', 415],
    ['request.aborted', 400],
    ['request.size.invalid', 400],
  ])('reads %s of the body parser as %i, and not its text', (type, status) => {
    const failure = readFailure(parserError(type));
    expect(failure?.status).toBe(status);
    expect(JSON.stringify(failure)).not.toContain('hunter2');
    expect(readFailure(new HttpException('hunter2', 418, { cause: parserError(type) }))).toEqual(failure);
  });

  it('gives an exception of Nest the code that says the same, and keeps its sentence', () => {
    expect(readFailure(new BadRequestException('No such thing.'))).toMatchObject({
      type: 'urn:runnel:problem:malformed-request',
      detail: 'No such thing.',
    });
  });

  it('turns the list of a validation pipe into field errors', () => {
    expect(
      readFailure(new BadRequestException(['events.0.channel: too long', 'no field: at all'])),
    ).toMatchObject({
      status: 400,
      errors: [
        { field: 'events.0.channel', message: 'too long' },
        { field: '', message: 'no field: at all' },
      ],
    });
  });

  it('leaves a status without a code of its own as it is', () => {
    expect(readFailure(new HttpException('Short and stout.', 418))).toMatchObject({
      type: 'about:blank',
      title: "I'm a Teapot",
      status: 418,
      detail: 'Short and stout.',
    });
  });

  it('shows nothing of an exception that tells of the service', () => {
    expect(JSON.stringify(readFailure(new InternalServerErrorException('hunter2')))).not.toContain('hunter2');
  });

  it.each([new Error('x'), new URIError('x'), 'x', undefined, null, { status: 400 }])(
    'does not know %p',
    (error) => {
      expect(readFailure(error)).toBeUndefined();
    },
  );

  it.each([
    ['no-credential', 'Bearer'],
    ['bad-credential', 'Bearer error="invalid_token"'],
    ['not-allowed', undefined],
  ] as const)('challenges %s as RFC 6750 has it', (code, challenge) => {
    expect(readFailure(new Problem(code, 'x'))?.challenge).toBe(challenge);
  });
});
