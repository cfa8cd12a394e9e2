import { readable } from './numbers.js';

/** Bars of one colour, one for each group; a missing one is left out. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

export interface BarChart {
  readonly title: string;
  /** What the bars measure, with its unit. */
  readonly unit: string;
  readonly groups: readonly string[];
  readonly series: readonly Series[];
}

const WIDTH = 860;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 80;
const BAR = 15;
const GROUP_GAP = 12;
const TOP = 74;
const BOTTOM = 14;
/** Told apart by people who do not see red and green. */
const COLOURS = ['#0b6e99', '#d98032', '#8d8d8d', '#b8b8b8', '#6d5a96'];

/** A chart of horizontal bars as an SVG document of its own. */
export function barChart({ title, unit, groups, series }: BarChart): string {
  const groupHeight = series.length * BAR + GROUP_GAP;
  const height = TOP + groups.length * groupHeight + BOTTOM;
  const largest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))) || 1;
  const bars = groups.flatMap((group, row) => {
    const y = TOP + row * groupHeight;
    return [
      text(LABEL_WIDTH - 10, y + (series.length * BAR) / 2 + 4, group, 'text-anchor="end"'),
      ...series.flatMap(({ values }, n) => bar(values[row], largest, y + n * BAR, n)),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(14, 24, title, 'font-size="15" font-weight="bold"'),
    text(14, 42, unit, 'fill="#555555"'),
    ...legend(series),
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

function bar(value: number | undefined, largest: number, y: number, series: number): string[] {
  if (value === undefined) return [];
  const width = Math.max(1, (value / largest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
  return [
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${colour(series)}"/>`,
    text(LABEL_WIDTH + width + 6, y + BAR - 4, readable(value), 'font-size="11"'),
  ];
}

function legend(series: readonly Series[]): string[] {
  return series.flatMap(({ name }, n) => {
    const x = 14 + n * 130;
    return [`<rect x="${x}" y="52" width="11" height="11" fill="${colour(n)}"/>`, text(x + 16, 62, name, '')];
  });
}

function colour(series: number): string {
  return COLOURS[series % COLOURS.length] as string;
}

function text(x: number, y: number, content: string, attributes: string): string {
  const fill = attributes.includes('fill=') ? '' : ' fill="#222222"';
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${fill} ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
