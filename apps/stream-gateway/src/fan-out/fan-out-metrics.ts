import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Connection } from './connection.js';

/** What the live path counts. */
export interface FanOutMetrics {
  readonly deliveries: Counter;
  readonly bytes: Counter;
  readonly gaps: Counter;
  readonly skipped: Counter<'fault'>;
  readonly cuts: Counter<'cause'>;
  readonly ends: Counter<'cause'>;
  /** Seconds from an event's storage to its way to the sockets; once for each event, not for each subscriber. */
  readonly delay: Histogram;
  /** Events that a connection begins with. */
  readonly replay: Histogram;
}

/** Counts the end of a connection. */
export function countEnd({ cuts, ends }: FanOutMetrics, { endedBy: cause }: Connection): void {
  ends.inc({ cause });
  if (cause === 'slow' || cause === 'stalled') cuts.inc({ cause });
}

/** Registers the live path's metrics; the gauges ask when they are read, so that they cost nothing otherwise. */
export function fanOutMetrics(
  registry: Registry,
  count: { connections(): number; hubs(): number },
): FanOutMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('runnel_gateway_connections', 'Open subscriber connections.', count.connections);
  gauge('runnel_gateway_hubs', 'Streams that this gateway follows, lingering ones included.', count.hubs);
  return {
    deliveries: new Counter({
      name: 'runnel_gateway_deliveries_total',
      help: 'Events times the subscribers that they were delivered to.',
      registers,
    }),
    bytes: new Counter({
      name: 'runnel_gateway_live_bytes_total',
      help: 'Bytes of live events handed to subscriber sockets.',
      registers,
    }),
    gaps: new Counter({
      name: 'runnel_gateway_gaps_total',
      help: 'Times that a subscriber was told that history is missing.',
      registers,
    }),
    skipped: new Counter({
      name: 'runnel_gateway_skipped_events_total',
      help: 'Stored events that break the rules and were delivered to nobody, by fault: channel, payload, size.',
      labelNames: ['fault'],
      registers,
    }),
    cuts: new Counter({
      name: 'runnel_gateway_cuts_total',
      help: 'Connections that were cut, by cause: slow (more waited for the client than may), stalled (it took nothing of it for 60 s).',
      labelNames: ['cause'],
      registers,
    }),
    ends: new Counter({
      name: 'runnel_gateway_ends_total',
      help: 'Connections that are over, by cause: client (it left), slow, stalled, lifetime, drain, unreadable (its history), or the reason in runnel.closed.',
      labelNames: ['cause'],
      registers,
    }),
    delay: new Histogram({
      name: 'runnel_gateway_delivery_delay_seconds',
      help: 'Seconds from the time stamp that NATS gave an event to its delivery by this gateway. The clocks of both count.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    replay: new Histogram({
      name: 'runnel_gateway_replay_events',
      help: 'Events that a connection was sent from history when it began.',
      buckets: [0, 1, 10, 50, 100, 1_000, 10_000],
      registers,
    }),
  };
}
