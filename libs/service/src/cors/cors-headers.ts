/** Whose pages may use a resource. */
export interface CorsPolicy {
  /** Exact origins that may use it with credentials. */
  readonly origins: readonly string[];
  /** Whether anybody may read it without a credential, such as a public stream. */
  readonly publicResource: boolean;
}

/** Values of a preflight answer that any origin may know. */
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Cache-Control, X-Request-Id',
  'Access-Control-Max-Age': '600',
} as const;

/** Headers that pages may read besides those that the Fetch standard always shows. */
const EXPOSED = { 'Access-Control-Expose-Headers': 'Retry-After, X-Request-Id' } as const;

/**
 * The CORS headers of an answer.
 *
 * A public resource answers `*` to everybody, the origin `null` of sandboxed pages included, and therefore
 * never allows credentials. Any other resource answers the configured origins, each by its name.
 *
 * @param origin the request's `Origin` header
 * @returns nothing but perhaps `Vary` for an origin that is not allowed: the browser then refuses by itself
 */
export function corsHeadersFor(origin: string | undefined, policy: CorsPolicy): Record<string, string> {
  if (policy.publicResource) return { 'Access-Control-Allow-Origin': '*', ...EXPOSED };
  // Without any configured origin the answer is the same for all of them.
  if (policy.origins.length === 0) return {};
  if (origin === undefined || !policy.origins.includes(origin)) return { Vary: 'Origin' };
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    Vary: 'Origin',
    ...EXPOSED,
  };
}

/** The headers of the answer to a preflight request, which has status 204 and no body. */
export function corsPreflightHeadersFor(
  origin: string | undefined,
  policy: CorsPolicy,
): Record<string, string> {
  const headers = corsHeadersFor(origin, policy);
  return 'Access-Control-Allow-Origin' in headers ? { ...headers, ...PREFLIGHT } : headers;
}
