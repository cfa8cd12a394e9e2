import { useEffect, useState } from 'preact/hooks';

/** Calls again and again while somebody sees the page, and once when it is seen again. */
export function usePolling(task, everyMs, inputs = []) {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void task();
    };
    look();
    const timer = setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, inputs);
}

/** What went wrong last, and what tries something and remembers that: it resolves to whether it went well. */
export function useAttempt() {
  const [error, setError] = useState('');
  const attempt = async (task) => {
    try {
      await task();
      setError('');
      return true;
    } catch ({ message }) {
      setError(message);
      return false;
    }
  };
  return [error, attempt];
}
