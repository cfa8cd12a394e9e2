import { ConnectError, RunnelError } from '../errors.js';
import { retryAfterMs } from '../http/retry-after.js';
import type { Failures } from '../subscribe/read-connection.js';

/** Errors in few words, since every page loads them. Browsers do not say why a connection failed anyway. */
export const failures: Failures = {
  refusal: async (response) => {
    const { status, statusText } = response;
    const problem: unknown = response.ok || (await response.json().catch(() => 0));
    const { type, detail } = Object(problem) as { type?: unknown; detail?: unknown };
    return new RunnelError({
      status,
      code: String(type).split(':')[3] ?? `http-${status}`,
      detail: String(detail ?? statusText),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    });
  },
  connect: (url, cause) => new ConnectError(new URL(url).origin, 'could not be reached', { cause }),
};
