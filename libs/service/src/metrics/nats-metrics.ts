import { Counter, Gauge, type Registry } from 'prom-client';

type StateListener = (connection: string, up: boolean) => void;

const listeners = new WeakMap<Registry, StateListener>();

/**
 * Registers the state of a service's NATS connections, once for each registry.
 *
 * @returns what is to be told whether a connection, by its name, stands: at first, and each time that changes
 */
export function natsMetrics(registry: Registry): StateListener {
  let listener = listeners.get(registry);
  if (listener === undefined) {
    listener = newListener(registry);
    listeners.set(registry, listener);
  }
  return listener;
}

function newListener(registry: Registry): StateListener {
  const labelNames = ['connection'] as const;
  const registers = [registry];
  const state = new Gauge({
    name: 'runnel_nats_up',
    help: 'Whether a connection to NATS stands: 1 or 0, by connection.',
    // Of several workers' connections the sum says nothing; that one is lost does.
    aggregator: 'min',
    labelNames,
    registers,
  });
  const losses = new Counter({
    name: 'runnel_nats_losses_total',
    help: 'Times that a connection to NATS was lost, by connection.',
    labelNames,
    registers,
  });
  const standing = new Set<string>();
  return (connection, up) => {
    state.set({ connection }, up ? 1 : 0);
    if (up) standing.add(connection);
    else if (standing.delete(connection)) losses.inc({ connection });
  };
}
