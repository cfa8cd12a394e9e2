#!/usr/bin/env node
import { processIo } from './process-io.js';
import { run } from './run.js';

const io = processIo();
const exitCode = await run(process.argv.slice(2), io);
// What is still on its way to a pipe would be lost at the exit, and idle connections would put it off.
await new Promise((resolve) => process.stdout.write('', resolve));
process.exit(exitCode);
