import { describe, expect, it } from '@jest/globals';
import { addressBlock } from './address-block.js';

describe('what an address is counted as', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ])('%s is %s', (address, block) => expect(addressBlock(address)).toBe(block));

  it.each(['', 'unknown', '192.0.2', '192.0.2.7:80', '[::1]', '1.2.3.4.5', 'x'.repeat(10_000)])(
    'is nothing for %j',
    (text) => expect(addressBlock(text)).toBeUndefined(),
  );
});
