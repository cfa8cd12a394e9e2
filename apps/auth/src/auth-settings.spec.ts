import { describe, expect, it } from '@jest/globals';
import { newApiKey } from '#libs/access';
import { authSettings } from './auth-settings.js';
import { printFirstKey } from './first-start/print-first-key.js';

describe('the settings of auth', () => {
  it.each([newApiKey(), `${newApiKey()}x`, 'rnl_made_somewhere_else_x', 'a'.repeat(24), '~'.repeat(256)])(
    'take an admin key of ours, and any other text that is long enough: %s',
    (key) => expect(authSettings.parse({ RUNNEL_ADMIN_KEY: key }).adminKey).toBe(key),
  );

  it('need no admin key', () => {
    expect(authSettings.parse({}).adminKey).toBeUndefined();
  });

  it.each([
    'a'.repeat(23),
    'a'.repeat(257),
    'with a space in the middle',
    'nönascii-but-long-enough',
    'eyJsooks.like-a.ticket-x',
  ])('refuse what is too short, too long or unprintable, saying so without showing it: %s', (text) => {
    const attempt = () => authSettings.parse({ RUNNEL_ADMIN_KEY: text });
    expect(attempt).toThrow(/RUNNEL_ADMIN_KEY .*24 to 256 printable ASCII characters without spaces/);
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining(text) }));
  });
});

describe('printFirstKey', () => {
  const printed = (...args: [Parameters<typeof printFirstKey>[0], string?]) => {
    let text = '';
    printFirstKey(args[0], args[1], (more) => {
      text += more;
    });
    return text;
  };

  it('shows a key that was made in one line', () => {
    expect(printed({ created: true, key: 'rnl_x' })).toBe('The first admin key, shown only now: rnl_x\n');
  });

  it('shows no configured key, and nothing when none was made', () => {
    expect(printed({ created: true, key: 'rnl_x' }, 'rnl_x')).toBe('');
    expect(printed({ created: false })).toBe('');
    expect(printed(undefined)).toBe('');
  });
});
