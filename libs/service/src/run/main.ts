import { SettingsError, StartError } from '../errors.js';
import { scrub } from '../log/scrub.js';

/** How long whatever a failed start has left open may take to close. */
const GRACE_MS = 5_000;

/**
 * Runs the start of a program, for main.ts files. When it fails, says why on standard error, in words where the
 * fault lies in the environment, and makes the exit code 1.
 */
export async function main(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
    // Does not hold the process, but ends it when something else does.
    setTimeout(() => process.exit(), GRACE_MS).unref();
  }
}

function explain(error: unknown): string {
  if (error instanceof SettingsError) {
    const lines = error.problems.map(({ env, message }) => `  ${env} ${message}`);
    return ['The settings are not valid:', ...lines].join('\n');
  }
  if (error instanceof StartError) return error.message;
  return scrub(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
