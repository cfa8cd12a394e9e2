import { RunnelError, SendError, StepError, WorkflowError } from '#libs/sdk';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { visible } from '../terminal/visible.js';

/**
 * Writes what a failed run has to say besides its message, such as the stack of the user's code.
 *
 * @returns what is to be thrown on, so that message and exit code are those of all commands
 */
export async function explainRunFault(io: Io, error: unknown): Promise<unknown> {
  if (error instanceof WorkflowError) return new UsageError(error.message);
  if (error instanceof StepError) {
    await io.stderr.write(`${stackOf(error.cause)}\nNothing was sent.\n`);
    return error;
  }
  if (!(error instanceof SendError)) return error;
  const { cause, runId, sent, unsent } = error;
  const refused = cause instanceof RunnelError && cause.status < 500;
  const again = `If a run does the same again within two minutes, --run-id ${runId} stores nothing twice.\n`;
  await io.stderr.write(
    `The run finished, but ${unsent} of ${sent.length + unsent} events are not confirmed.\n`,
  );
  if (!refused) await io.stderr.write(again);
  return cause;
}

function stackOf(cause: unknown): string {
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return stack.split('\n').map(visible).join('\n');
}
