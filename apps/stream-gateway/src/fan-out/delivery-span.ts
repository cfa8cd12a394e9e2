import type { StreamRef } from '#libs/contracts';
import type { StoredEvent } from '#libs/event-log';
import type { TraceRecorder } from '#libs/tracing';

/**
 * One span for an event on this gateway, however many subscribers it has here: from its arrival until the first of
 * them have it. Call it after the fan-out was woken.
 */
export function traceDelivery(
  recorder: TraceRecorder | undefined,
  event: StoredEvent,
  { workspace, stream }: StreamRef,
  subscribers: number,
): void {
  const span = recorder?.begin('deliver event', event.trace, {
    kind: 'consumer',
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'deliver',
      'messaging.operation.type': 'process',
      'runnel.stream': stream,
      'runnel.workspace': workspace,
      'runnel.sequence': event.seq,
      'runnel.subscribers': subscribers,
    },
  });
  // The fan-out's walk was put into the queue of this turn before this.
  if (span !== undefined) setImmediate(() => span.end());
}
