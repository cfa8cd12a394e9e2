import { Counter, Histogram } from 'prom-client';
import type { EventLogObserver } from '#libs/event-log';
import type { Registry } from '#libs/service';

/** Seconds: from a disk that is idle to a leader election. */
const ACK_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Registers what the event log counts. */
export function eventLogMetrics(registry: Registry): EventLogObserver {
  const registers = [registry];
  const acks = new Counter({
    name: 'runnel_publish_acks_total',
    help: 'Events handed to JetStream, by outcome: stored, duplicate, refused, unknown (no ack in time).',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'runnel_publish_ack_seconds',
    help: 'Seconds from sending an event to JetStream until its ack.',
    buckets: ACK_BUCKETS,
    registers,
  });
  return {
    onAck: (outcome, elapsedMs) => {
      acks.inc({ outcome });
      if (outcome !== 'unknown') seconds.observe(elapsedMs / 1_000);
    },
  };
}
