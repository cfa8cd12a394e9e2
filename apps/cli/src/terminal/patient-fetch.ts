import type { Io } from '../io.js';
import { noticeLater } from './notice-later.js';

/**
 * `fetch` that says on standard error what it waits for once that takes long, be it one slow request or several
 * that fail and are tried again.
 */
export function patientFetch(io: Io, baseUrl: string): typeof fetch {
  let arrived: (() => void) | undefined;
  return async (input, init) => {
    arrived ??= noticeLater(io, `Waiting for ${baseUrl} …`);
    const response = await io.fetch(input, init);
    if (response.status < 429) {
      arrived();
      arrived = undefined;
    }
    return response;
  };
}
