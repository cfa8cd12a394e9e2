import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { SourceFailure } from '../../reports/source-failure.js';
import type { AddressRule } from './feed-address.js';

/**
 * Finds the addresses of a host for a connection, and leaves out those that are not allowed. The connection is made
 * to exactly what is returned here, so a name that leads elsewhere a moment later gains nothing.
 *
 * Given as `lookup` to a request. Node does not call it for a host that is an address already: such a one has to be
 * looked at before.
 */
export function guardedLookup(isAllowed: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const usable = error === null ? found.filter(({ address }) => isAllowed(address)) : [];
      const [first] = usable;
      if (first === undefined) callback(error ?? notAllowed(), '', 0);
      else if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}

function notAllowed(): SourceFailure {
  return new SourceFailure('The host of the feed has no address of the public internet.');
}
