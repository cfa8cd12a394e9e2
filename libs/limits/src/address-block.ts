import { isIP, isIPv4 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Groups of 16 bits that one subscriber of an IPv6 provider has to itself: the first 64 bits. */
const GROUPS = 4;

/**
 * What an address is counted as: an IPv4 address as it is, also when it comes in IPv6's clothes, and an IPv6 address
 * as its /64, since whoever has one address of it has all of them.
 *
 * @returns undefined for what is no address
 */
export function addressBlock(address: string): string | undefined {
  if (isIPv4(address)) return address;
  const mapped = IPV4_IN_IPV6.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (isIP(address) === 0) return undefined;
  const [left = '', right = ''] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === '' ? [] : right.split(':');
  // Groups that "::" stands for; an IPv4 address at the end stands for two.
  const written = head.length + tail.length + (address.includes('.') ? 1 : 0);
  const missing = address.includes('::') ? 8 - written : 0;
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...tail].slice(0, GROUPS);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
