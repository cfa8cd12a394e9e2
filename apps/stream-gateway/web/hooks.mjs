import { useEffect, useReducer, useState } from 'preact/hooks';

/**
 * Calls again and again while somebody sees the page, and at once when it is seen again or the network comes or goes.
 * Never twice at a time: behind a network that swallows everything, questions would take up all connections.
 */
export function usePolling(task, everyMs, inputs = []) {
  useEffect(() => {
    let isBusy = false;
    const look = async () => {
      if (isBusy || document.visibilityState !== 'visible') return;
      isBusy = true;
      await task();
      isBusy = false;
    };
    void look();
    const timer = setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, inputs);
}

/** Draws again every second while that is of use: where a countdown is shown. */
export function useSeconds(isRunning) {
  const [, draw] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(draw, 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
}

/** Whether the machine has a network, as far as the browser knows. */
export function useOnline() {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return isOnline;
}

/**
 * What went wrong last, and what tries something and remembers that: it resolves to whether it went well. The third is
 * whether the service did not answer.
 */
export function useAttempt() {
  const [error, setError] = useState(undefined);
  const attempt = async (task) => {
    try {
      await task();
      setError(undefined);
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    }
  };
  return [error?.message ?? '', attempt, error !== undefined && error.status === undefined];
}
