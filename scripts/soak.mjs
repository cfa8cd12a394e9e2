// `npm run soak -- --minutes 10`: builds Runnel and breaks a cluster of it at random for ten minutes.
import { buildAndRun } from './build-and-run.mjs';

await buildAndRun('../test/soak/main.ts', process.argv.slice(2));
