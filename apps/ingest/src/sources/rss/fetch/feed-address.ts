import { isIP } from 'node:net';
import type { SourcePolicy } from '../../source-policy.js';
import { isPublicAddress } from './public-address.js';

const MAX_URL_LENGTH = 2_048;

/** Which IP addresses may be connected to. */
export type AddressRule = (address: string) => boolean;

export function addressRule({ allowPrivateFeeds }: SourcePolicy): AddressRule {
  return allowPrivateFeeds ? () => true : isPublicAddress;
}

/**
 * What is wrong with the address of a feed, as far as the text shows it; undefined when it may be asked. Where a
 * host name leads is seen only when it is connected to ({@link guardedLookup}).
 */
export function feedAddressFault(text: string, isAllowed: AddressRule): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `must have at most ${MAX_URL_LENGTH} characters`;
  if (!URL.canParse(text)) return 'must be an address, such as https://example.com/feed.xml';
  const { protocol, username, password, hostname } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  // They would be shown to whoever describes the source, and sent along where the feed moves to.
  if (username !== '' || password !== '') return 'must not contain a user or password';
  if (isForbiddenHost(hostname, isAllowed)) return 'must be an address of the public internet';
  return undefined;
}

/** For a host that is an address itself, or one of the names that always mean this machine. */
function isForbiddenHost(hostname: string, isAllowed: AddressRule): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return !isAllowed(host);
  return (host === 'localhost' || host.endsWith('.localhost')) && !isAllowed('127.0.0.1');
}
