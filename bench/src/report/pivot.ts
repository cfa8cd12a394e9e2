import type { Measurement } from '../scenarios/scenario.js';

/** Measurements of one setting, by server. */
export interface PivotRow {
  readonly settings: Measurement['settings'];
  readonly byServer: ReadonlyMap<string, Measurement>;
}

/** Puts what was measured under the same settings into one row, in the order of their first appearance. */
export function pivot(measurements: readonly Measurement[]): PivotRow[] {
  const rows = new Map<string, { settings: Measurement['settings']; byServer: Map<string, Measurement> }>();
  for (const measurement of measurements) {
    const key = JSON.stringify(measurement.settings);
    const row = rows.get(key) ?? { settings: measurement.settings, byServer: new Map() };
    row.byServer.set(measurement.server, measurement);
    rows.set(key, row);
  }
  return [...rows.values()];
}

/** The servers of some measurements, in the order of their first appearance. */
export function serversOf(measurements: readonly Measurement[]): string[] {
  return [...new Set(measurements.map(({ server }) => server))];
}

/** Settings as a short label, such as `1,000 connections, 100 bytes`. */
export function labelOf(settings: Measurement['settings'], units: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const shown = typeof value === 'number' ? value.toLocaleString('en-US') : value;
      return (units[name] ?? `${name} {}`).replace('{}', shown);
    })
    .join(', ');
}
