import type { StreamEntry } from '#libs/catalogue';
import type { TraceHeaders, TraceRecorder, TraceSpan } from '#libs/tracing';

/**
 * The span of storing events, from sending them until JetStream's ack. Its headers go with them, so what gateways do
 * about them is in the same trace.
 *
 * @param parent what asks for it
 * @returns undefined when nothing is recorded, or what asks for it is not
 */
export function sendSpan(
  recorder: TraceRecorder | undefined,
  parent: TraceHeaders | undefined,
  { id, workspace }: Pick<StreamEntry, 'id' | 'workspace'>,
  events: number,
): TraceSpan | undefined {
  if (recorder === undefined || parent === undefined) return undefined;
  return recorder.begin('send events', parent, {
    kind: 'producer',
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': events,
      'runnel.stream': id,
      'runnel.workspace': workspace,
    },
  });
}
