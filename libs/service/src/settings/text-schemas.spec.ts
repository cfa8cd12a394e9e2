import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { commaSeparated, oneOf, plainText, wholeNumber, yesNo } from './text-schemas.js';

function refused(schema: z.ZodType, texts: string[]): string[] {
  return texts.filter((text) => !schema.safeParse(text).success);
}

describe('wholeNumber', () => {
  it.each([
    ['0', 0],
    ['5', 5],
    ['10', 10],
  ])('reads %s', (text, value) => {
    expect(wholeNumber(0, 10).parse(text)).toBe(value);
  });

  it('refuses what is out of range or not plain decimal digits', () => {
    const texts = ['-1', '11', '1e0', '0x1', ' 1', '1 ', '01', '1.0', '+1', 'NaN', '٣'];
    expect(refused(wholeNumber(0, 10), texts)).toEqual(texts);
  });

  it('says which numbers it takes', () => {
    expect(wholeNumber(0, 10).safeParse('x').error?.issues[0]?.message).toBe(
      'must be a whole number, 0 to 10',
    );
  });
});

describe('yesNo', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ])('reads %s', (text, value) => {
    expect(yesNo().parse(text)).toBe(value);
  });

  it('refuses every other spelling', () => {
    const texts = ['yes', 'TRUE', 'on', '2', 'toString', ' 1'];
    expect(refused(yesNo(), texts)).toEqual(texts);
  });
});

describe('oneOf', () => {
  it('takes the words as they are spelled', () => {
    expect(oneOf('info', 'warn').parse('warn')).toBe('warn');
    expect(refused(oneOf('info', 'warn'), ['Info', 'debug'])).toEqual(['Info', 'debug']);
  });
});

describe('plainText', () => {
  it('refuses control characters', () => {
    expect(refused(plainText(), ['a', 'a\nb', 'a\u007f'])).toEqual(['a\nb', 'a\u007f']);
  });
});

describe('commaSeparated', () => {
  const schema = commaSeparated('letters', (part) => (/^[a-z]$/.test(part) ? undefined : 'must be letters'));

  it('drops white space around the parts', () => {
    expect(schema.parse('a, b ,c')).toEqual(['a', 'b', 'c']);
  });

  it('refuses an empty part and whatever the caller refuses', () => {
    expect(refused(schema, ['a,', ',a', 'a,,b', 'a,B'])).toHaveLength(4);
  });
});
