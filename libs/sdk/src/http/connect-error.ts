import { ConnectError } from '../errors.js';

/** Reasons by the code that the system underneath gives; other causes have no sentence of their own. */
const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ENOTFOUND: 'is not a known host',
  EAI_AGAIN: 'cannot be looked up at the moment',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate that is not trusted',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
};

/**
 * What `fetch` threw, with a reason for people. Browsers do not say why, Node does in the cause.
 *
 * @param url of the request; only its origin is shown, since a query may hold a ticket
 */
export function connectError(url: string, cause: unknown): ConnectError {
  const code = codeOf((cause as { cause?: unknown } | undefined)?.cause) ?? codeOf(cause);
  return new ConnectError(new URL(url).origin, WHY[code ?? ''] ?? 'could not be reached', { cause });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
