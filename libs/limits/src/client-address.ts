import { addressBlock } from './address-block.js';

/** What is read of a request: Express's `ip`, which believes trusted proxies and nobody else, where there is one. */
export interface AddressedRequest {
  readonly ip?: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Where the answer is kept on a request: several ask for it, and finding it is work. */
const COUNTED_AS = Symbol('what a request is counted as');

/** For connections that are gone already. */
const NOWHERE = 'unknown';

/** What the sender of a request is counted as, as {@link addressBlock} has it. */
export function clientAddress(request: object): string {
  const asked = request as AddressedRequest & { [COUNTED_AS]?: string };
  asked[COUNTED_AS] ??= addressOf(asked);
  return asked[COUNTED_AS];
}

function addressOf({ ip, socket }: AddressedRequest): string {
  // A trusted proxy may pass on what is no address: then it is the proxy who is counted.
  return addressBlock(ip ?? '') ?? addressBlock(socket.remoteAddress ?? '') ?? NOWHERE;
}
