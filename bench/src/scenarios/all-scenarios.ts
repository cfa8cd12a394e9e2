import { connectCold } from './connect-cold.js';
import { connectWarm } from './connect-warm.js';
import { fanOut } from './fan-out.js';
import { idle } from './idle.js';
import { manyStreams } from './many-streams.js';
import { publish } from './publish.js';
import type { Scenario } from './scenario.js';
import { latency, wholePath } from './steady-rate.js';
import { storm } from './storm.js';

/** In the order in which they run and are reported. */
export const SCENARIOS: readonly Scenario[] = [
  fanOut,
  latency,
  connectWarm,
  connectCold,
  idle,
  storm,
  publish,
  manyStreams,
  wholePath,
];
