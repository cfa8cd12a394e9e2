import { addressBlock } from './address-block.js';

/** What is read of a request: Express's `ip`, which believes trusted proxies and nobody else, where there is one. */
export interface AddressedRequest {
  readonly ip?: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** For connections that are gone already. */
const NOWHERE = 'unknown';

/** What the sender of a request is counted as, as {@link addressBlock} has it. */
export function clientAddress(request: object): string {
  const { ip, socket } = request as AddressedRequest;
  // A trusted proxy may pass on what is no address: then it is the proxy who is counted.
  return addressBlock(ip ?? '') ?? addressBlock(socket.remoteAddress ?? '') ?? NOWHERE;
}
