/** Why a service is not ready, in words that anybody may read: `/readyz` shows them without authentication. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
  readonly code = 'not-ready';
}
