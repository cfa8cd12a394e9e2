import { BlockList, isIP } from 'node:net';

/** IPv4 ranges that are not of the public internet (IANA special-purpose registry, RFC 6890 and its updates). */
const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, and in it the addresses at which clouds tell a machine its secrets.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, reserved and broadcast.
  ['224.0.0.0', 3],
];

/** Ranges inside of 2000::/3, the only one in use for the public internet, that lead elsewhere or to an IPv4 address. */
const PRIVATE_IPV6: readonly (readonly [string, number])[] = [
  // Protocol assignments, Teredo and ORCHID among them.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const privateIpv4 = new BlockList();
for (const [network, prefix] of PRIVATE_IPV4) privateIpv4.addSubnet(network, prefix, 'ipv4');

const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

const privateIpv6 = new BlockList();
for (const [network, prefix] of PRIVATE_IPV6) privateIpv6.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an IP address is of the public internet. Everything else is refused, not only what is known to be
 * private: of IPv6 that leaves out loopback, unique-local, link-local, multicast, and IPv4 addresses in disguise
 * (`::ffff:127.0.0.1`, NAT64), which lie outside of 2000::/3.
 */
export function isPublicAddress(address: string): boolean {
  // A zone, as in fe80::1%eth0, only ever belongs to an address of this link.
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !privateIpv4.check(address, 'ipv4');
    case 6:
      return globalIpv6.check(address, 'ipv6') && !privateIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}
