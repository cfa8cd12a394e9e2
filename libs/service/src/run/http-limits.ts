/** How long and how much a client may take, so that no client holds what others need. */
export interface HttpLimits {
  /** Time for the headers of a request. */
  readonly headersTimeoutMs: number;
  /** Time to receive a whole request, body included. Says nothing of how long the response may take. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept: longer than the proxies in front do, so that it is they who end it. */
  readonly keepAliveTimeoutMs: number;
  /** How often connections are checked against the first two. */
  readonly checkIntervalMs: number;
  /** Size of all headers of a request. */
  readonly maxHeaderBytes: number;
  /** Idle time after which TCP itself asks whether the other side is still there. As event streams have it: a change costs system calls. */
  readonly tcpKeepAliveMs: number;
  /**
   * Connections that may wait to be accepted; the system's own bound, `net.core.somaxconn`, holds as well. What comes
   * beyond it is dropped, and tried again by the client's TCP after 1, 3, 7, 15 and 31 s.
   */
  readonly backlog: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 5_000,
  maxHeaderBytes: 16 * 1024,
  tcpKeepAliveMs: 15_000,
  backlog: 16_384,
};
