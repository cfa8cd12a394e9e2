/** A user of the server's configuration. Neither part may hold control characters. */
export interface NatsCredentials {
  readonly user: string;
  readonly password: string;
}
