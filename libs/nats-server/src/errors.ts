/** What each kind of failure is called, for logs and for callers that decide by it. */
export type NatsServerErrorCode =
  | 'nats-server-not-found'
  | 'nats-server-unusable'
  | 'nats-server-failed'
  | 'nats-server-in-use';

/** One way of getting nats-server, and why it led nowhere. */
export interface PassedOver {
  readonly step: string;
  readonly reason: string;
}

abstract class NatsServerError extends Error {
  abstract readonly code: NatsServerErrorCode;
}

/** No step found or fetched a nats-server. The message tells each reason and the ways to provide one. */
export class NatsServerNotFound extends NatsServerError {
  override readonly name = 'NatsServerNotFound';
  readonly code = 'nats-server-not-found';

  constructor(
    readonly passedOver: readonly PassedOver[],
    minimumVersion: string,
  ) {
    const tried = passedOver.map(({ step, reason }) => `  - ${step}: ${reason}`);
    super(
      [
        `No nats-server ${minimumVersion} or newer was found, and none could be fetched:`,
        ...tried,
        'Any one of these helps:',
        '  - set NATS_SERVER_BIN to the path of a nats-server binary',
        `  - install nats-server ${minimumVersion} or newer on the PATH (https://github.com/nats-io/nats-server/releases)`,
        '  - set NATS_URL to a NATS system with JetStream that already runs',
      ].join('\n'),
    );
  }
}

/** The binary that the user named in NATS_SERVER_BIN cannot serve; nothing else is tried behind their back. */
export class NatsServerUnusable extends NatsServerError {
  override readonly name = 'NatsServerUnusable';
  readonly code = 'nats-server-unusable';
}

/** A server exited before it was ready, or was not ready in time. The message ends with its last log lines. */
export class NatsServerFailed extends NatsServerError {
  override readonly name = 'NatsServerFailed';
  readonly code = 'nats-server-failed';

  constructor(
    what: string,
    readonly logs: readonly string[] = [],
    options: { cause?: unknown } = {},
  ) {
    super(logs.length === 0 ? what : [`${what}. Its last words:`, ...logs.slice(-20)].join('\n  '), options);
  }
}

/** The pid file belongs to a server whose owner is alive: two owners of one store would corrupt it. */
export class NatsServerInUse extends NatsServerError {
  override readonly name = 'NatsServerInUse';
  readonly code = 'nats-server-in-use';
}

/** Whether a server could not start because another program has its port. */
export function isPortTaken(error: unknown): boolean {
  return (
    error instanceof NatsServerFailed && error.logs.some((line) => line.includes('address already in use'))
  );
}
