const hooks = new Set<() => void>();

/** Signals that end a process which does not listen for them: Ctrl-C, a supervisor, a closed terminal. */
const FATAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs something synchronous when this process ends: by `process.exit`, by an uncaught exception, or by a
 * signal that nothing else here listens for. One set of listeners serves all, since Node warns of a leak at
 * eleven. Being killed (SIGKILL) is the one end that it does not see.
 *
 * @returns takes it back
 */
export function onProcessEnd(hook: () => void): () => void {
  if (hooks.size === 0) {
    process.on('exit', runAll);
    for (const signal of FATAL) process.on(signal, endBySignal);
  }
  hooks.add(hook);
  return () => {
    if (hooks.delete(hook) && hooks.size === 0) stopListening();
  };
}

function runAll(): void {
  for (const hook of hooks) hook();
}

function endBySignal(signal: NodeJS.Signals): void {
  // An application that listens shuts down in its own order; most send the signal again when they are done.
  if (process.listenerCount(signal) > 1) return;
  runAll();
  // With the listeners gone, the signal does what it would have done, and the exit status tells of it.
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening(): void {
  hooks.clear();
  process.off('exit', runAll);
  for (const signal of FATAL) process.off(signal, endBySignal);
}
