import type { TopFunction } from '../measure/cpu-profile.js';
import { spread } from '../measure/stats.js';
import type { Results, Section } from '../results.js';
import type { FigureKind, Measurement, Scenario } from '../scenarios/scenario.js';
import { barChart } from './bar-chart.js';
import { markdownTable } from './markdown-table.js';
import { readable } from './numbers.js';
import { labelOf, type PivotRow, pivot, serversOf } from './pivot.js';
import { targetTable } from './targets.js';

/** A report and the pictures that it shows. */
export interface Report {
  readonly markdown: string;
  /** SVG documents by file name. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** Writes what a person wants to know of the results. */
export function renderReport(results: Results, scenarios: readonly Scenario[]): Report {
  const pictures = new Map<string, string>();
  const sections = scenarios.flatMap((scenario) => {
    const section = results.sections.find((each) => each.scenario === scenario.name);
    return section === undefined ? [] : [renderSection(results.date, scenario, section, pictures)];
  });
  const { machine } = results;
  const markdown = [
    `# Benchmark of ${results.date}`,
    '',
    `Commit ${machine.commit}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ` +
      `Linux ${machine.kernel}. Load average before: ${machine.loadBefore.toFixed(1)}.`,
    '',
    'Everything runs on this one machine, so seconds depend on what else it does. What counts are ratios of CPU ' +
      'time within one scenario: the servers run beside each other and are measured in turns, and each figure is ' +
      'the median of its rounds. `×` says how many times as good as the peer Runnel is; `±` how far the rounds lie ' +
      'apart, as a share of the median. Each delivery was checked: a lost, repeated, late or damaged one fails a run.',
    '',
    '## Targets',
    '',
    ...targetTable(results.sections),
    '',
    ...sections.flat(),
  ].join('\n');
  return { markdown, pictures };
}

function renderSection(
  date: string,
  scenario: Scenario,
  { measurements, notes, quick, topFunctions }: Section,
  pictures: Map<string, string>,
): string[] {
  const lines = [`## ${scenario.title}`, '', scenario.about, ''];
  if (quick) lines.push('Measured with `--quick`: expect figures to be off by 20 %.', '');
  for (const note of notes) lines.push(`- ${note}`);
  if (notes.length > 0) lines.push('');
  if (measurements.length === 0) return lines;
  for (const figure of scenario.figures) {
    lines.push(`**${figure.title}**`, '', ...table(scenario, figure, measurements), '');
    if (!figure.chart) continue;
    for (const [name, svg] of charts(date, scenario, figure, measurements)) {
      pictures.set(name, svg);
      lines.push(`![${figure.title}](${name})`, '');
    }
  }
  lines.push('CPU time by process:', '', ...cpuTable(scenario, measurements), '');
  if (topFunctions !== undefined) {
    lines.push('Where the gateway’s time went, starting up included:', '', ...topTable(topFunctions), '');
  }
  return lines;
}

function table(scenario: Scenario, figure: FigureKind, measurements: readonly Measurement[]): string[] {
  const rows = pivot(measurements).filter(({ byServer }) => [...byServer.values()].some(has(figure)));
  const servers = serversOf(measurements.filter(has(figure)));
  const { ours = 'runnel' } = scenario;
  const peers = servers.includes(ours) ? servers.filter((server) => server !== ours) : [];
  const heads = ['', ...servers, ...peers.map((peer) => `× ${peer}`)];
  return markdownTable(
    heads,
    rows.map((row) => [
      labelOf(row.settings, scenario.settings),
      ...servers.map((server) => cell(scenario, figure, row.byServer.get(server))),
      ...peers.map((peer) => ratio(figure, row, ours, peer)),
    ]),
  );
}

function has({ name }: FigureKind) {
  return ({ figures }: Measurement) => figures[name] !== undefined;
}

function cell(scenario: Scenario, figure: FigureKind, measurement: Measurement | undefined): string {
  const value = measurement?.figures[figure.name];
  if (measurement === undefined || value === undefined) return '–';
  // The rounds belong to the first figure.
  const first = scenario.figures[0]?.name === figure.name && measurement.rounds.length > 1;
  return first ? `${readable(value)} ±${Math.round(spread(measurement.rounds) * 50)} %` : readable(value);
}

function ratio(figure: FigureKind, { byServer }: PivotRow, ours: string, peer: string): string {
  const own = byServer.get(ours)?.figures[figure.name];
  const theirs = byServer.get(peer)?.figures[figure.name];
  if (!own || !theirs) return '–';
  return (figure.better === 'more' ? own / theirs : theirs / own).toFixed(2);
}

function cpuTable(scenario: Scenario, measurements: readonly Measurement[]): string[] {
  return markdownTable(
    ['', 'server', 'CPU ms over all rounds'],
    measurements.map(({ settings, server, cpuMs }) => [
      labelOf(settings, scenario.settings),
      server,
      Object.entries(cpuMs)
        .map(([role, ms]) => `${role} ${Math.round(ms)}`)
        .join(', '),
    ]),
  );
}

function topTable(functions: readonly TopFunction[]): string[] {
  const rows = functions.map(({ name, share }) => [`${(100 * share).toFixed(1)} %`, `\`${name}\``]);
  return markdownTable(['of its time', 'function'], rows);
}

function charts(
  date: string,
  scenario: Scenario,
  figure: FigureKind,
  measurements: readonly Measurement[],
): [string, string][] {
  const { chartBy } = scenario;
  const values = chartBy === undefined ? [undefined] : new Set(measurements.map((m) => m.settings[chartBy]));
  return [...values].map((value) => {
    const shown = measurements.filter((m) => chartBy === undefined || m.settings[chartBy] === value);
    const suffix = chartBy === undefined ? '' : `-${String(value).replaceAll(/\W+/g, '-')}`;
    const title = chartBy === undefined ? '' : `: ${labelOf({ [chartBy]: value ?? '' }, scenario.settings)}`;
    return [
      `${date}-${scenario.name}-${figure.name}${suffix}.svg`,
      chart(scenario, figure, shown, `${scenario.title}${title}`),
    ];
  });
}

function chart(
  scenario: Scenario,
  figure: FigureKind,
  measurements: readonly Measurement[],
  title: string,
): string {
  const rows = pivot(measurements);
  const { chartBy } = scenario;
  const groups = rows.map(({ settings }) => {
    const others = Object.entries(settings).filter(([name]) => name !== chartBy);
    return labelOf(Object.fromEntries(others), scenario.settings);
  });
  const series = serversOf(measurements).map((name) => ({
    name,
    values: rows.map(({ byServer }) => byServer.get(name)?.figures[figure.name]),
  }));
  return barChart({ title, unit: figure.title, groups, series });
}
