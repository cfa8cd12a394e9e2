import { pause } from '#libs/timing';

/** Does something that may fail for a while. Rejects as the last attempt does. */
export async function persistently<T>(
  work: () => Promise<T>,
  { attempts, pauseMs }: { readonly attempts: number; readonly pauseMs: number },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts) throw error;
      await pause(pauseMs);
    }
  }
}
