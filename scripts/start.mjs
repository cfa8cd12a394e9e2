// `npm start`: builds if needed and starts Runnel with its demo, in this very process, so that signals reach it.
process.env.RUNNEL_DEMO ||= '1';
process.stderr.write('Building Runnel …\n');
await import('./build.mjs');
if (!process.exitCode) await import('../dist/apps/standalone/src/main.js');
