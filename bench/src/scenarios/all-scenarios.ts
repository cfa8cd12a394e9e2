import { fanOut } from './fan-out.js';
import type { Scenario } from './scenario.js';

/** In the order in which they run and are reported. */
export const SCENARIOS: readonly Scenario[] = [fanOut];
