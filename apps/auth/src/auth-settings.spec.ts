import { describe, expect, it } from '@jest/globals';
import { newApiKey } from '#libs/access';
import { authSettings } from './auth-settings.js';
import { printFirstKey } from './first-start/print-first-key.js';

describe('the settings of auth', () => {
  it('take a well-formed admin key', () => {
    const key = newApiKey();
    expect(authSettings.parse({ RUNNEL_ADMIN_KEY: key }).adminKey).toBe(key);
    expect(authSettings.parse({}).adminKey).toBeUndefined();
  });

  it('refuse another one without showing it', () => {
    const text = `${newApiKey()}x`;
    const attempt = () => authSettings.parse({ RUNNEL_ADMIN_KEY: text });
    expect(attempt).toThrow(/RUNNEL_ADMIN_KEY/);
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
