// `npm run bench`: builds Runnel and runs the benchmarks against it, from their sources.
import { buildAndRun } from './build-and-run.mjs';

await buildAndRun('../bench/src/main.ts', process.argv.slice(2));
