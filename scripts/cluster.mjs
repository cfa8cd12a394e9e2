// `npm run cluster`: what docker-compose.yml describes, as processes on this machine, until Ctrl-C.
import { buildAndRun } from './build-and-run.mjs';

await buildAndRun('./cluster-program.mjs');
