export { pause } from './pause.js';
export { type Trying, untilItSucceeds } from './until-it-succeeds.js';
export { within } from './within.js';
