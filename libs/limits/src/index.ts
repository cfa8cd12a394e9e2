export { addressBlock } from './address-block.js';
export { clientAddress } from './client-address.js';
export { Quota } from './quota.js';
export { type CountsElsewhere, type Place, Tally } from './tally.js';
export { TokenBuckets } from './token-buckets.js';
