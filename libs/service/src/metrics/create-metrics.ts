import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';

let processMetrics: Registry | undefined;

/**
 * The registry of one service, with the metrics of the process in it. Every line carries the service's name.
 *
 * The process's own metrics are shared by all registries: each set of them would watch the event loop and the
 * garbage collector again, and cannot be stopped.
 */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  for (const metric of ofProcess().getMetricsAsArray()) registry.registerMetric(metric as unknown as Metric);
  return registry;
}

function ofProcess(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}
