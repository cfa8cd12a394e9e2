import { describe, expect, it } from '@jest/globals';
import { nameField } from './stream-fields.js';

describe('nameField', () => {
  it.each(['', '   ', '***', 'a\u0007', 'a\r\nb', 'x'.repeat(65)])('refuses %j', (name) => {
    expect(nameField.safeParse(name).success).toBe(false);
  });

  it('takes what can become a slug', () => {
    expect(nameField.parse('My feed')).toBe('My feed');
  });
});
