import { reportFailure } from './failure.js';
import type { Io } from './io.js';
import { runnelProgram } from './program.js';

/**
 * Does what the arguments say.
 *
 * @param args without the program's own name
 * @returns the exit code; everything there is to say has been written
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await runnelProgram(io).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return await reportFailure(error, io);
  }
}
