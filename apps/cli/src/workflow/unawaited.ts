/** What goes wrong in code that nobody awaits, which no `catch` around the run can see. */

/**
 * The same promise, and a failure once nothing is left that could settle it. Node would end the process without
 * a word.
 */
export async function orStuck<T>(running: Promise<T>): Promise<T> {
  let onStuck = () => {};
  const stuck = new Promise<never>((_resolve, reject) => {
    onStuck = () => reject(new Error('The run waits for something that never comes. Nothing was sent.'));
  });
  process.once('beforeExit', onStuck);
  try {
    return await Promise.race([running, stuck]);
  } finally {
    process.off('beforeExit', onStuck);
  }
}

/**
 * The same promise. Meanwhile an uncaught error does not end the process, which would leave it open whether the
 * events are stored: it is thrown afterwards.
 */
export async function untilSent<T>(sending: Promise<T>): Promise<T> {
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => faults.push(fault);
  process.on('uncaughtException', onFault);
  try {
    const answer = await sending;
    if (faults.length > 0) throw lateFault(faults[0]);
    return answer;
  } finally {
    process.off('uncaughtException', onFault);
  }
}

function lateFault(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The events were sent, but code that nobody awaited failed: ${message}`, { cause });
}
