import { Counter, Gauge, type Registry } from 'prom-client';

/** What the live path counts. */
export interface FanOutMetrics {
  readonly deliveries: Counter;
  readonly bytes: Counter;
  readonly gaps: Counter;
  readonly skipped: Counter<'fault'>;
  readonly cuts: Counter<'cause'>;
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
      help: 'Stored events that break the rules and were delivered to nobody.',
      labelNames: ['fault'],
      registers,
    }),
    cuts: new Counter({
      name: 'runnel_gateway_cuts_total',
      help: 'Connections that were cut, by cause.',
      labelNames: ['cause'],
      registers,
    }),
  };
}
