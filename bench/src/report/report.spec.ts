import { describe, expect, it } from '@jest/globals';
import type { Results } from '../results.js';
import { withSection } from '../results.js';
import { fanOut } from '../scenarios/fan-out.js';
import type { Measurement } from '../scenarios/scenario.js';
import { barChart } from './bar-chart.js';
import { renderReport } from './markdown.js';
import { readable } from './numbers.js';
import { pivot } from './pivot.js';
import { targetTable } from './targets.js';

function measurement(server: string, connections: number, perDeliveringCpuSecond: number): Measurement {
  return {
    server,
    settings: { publishing: 'in a row', connections, size: 100 },
    figures: { perCpuSecond: 1_000, perDeliveringCpuSecond },
    rounds: [900, 1_000, 1_100],
    cpuMs: { gateway: 12 },
  };
}

const RESULTS: Results = {
  date: '2026-01-02',
  machine: {
    cpu: 'cpu',
    cores: 2,
    memoryGiB: 4,
    kernel: '6',
    node: 'v20',
    commit: 'abc',
    loadBefore: 0.5,
  },
  sections: [
    {
      scenario: 'fan-out',
      startedAt: '',
      quick: false,
      notes: ['nchan was left out: it is not installed.'],
      measurements: [measurement('runnel', 1_000, 3_000), measurement('nchan', 1_000, 2_500)],
    },
  ],
};

describe('a report', () => {
  const { markdown, pictures } = renderReport(RESULTS, [fanOut]);

  it('has figures with their spread, ratios and what is to be known', () => {
    expect(markdown).toContain(
      '| in a row, 1,000 connections, 100 bytes | 1,000 ±10 % | 1,000 ±10 % | 1.00 |',
    );
    expect(markdown).toContain('- nchan was left out: it is not installed.');
  });

  it('says which targets were met, by the worst case, and which were not measured', () => {
    expect(markdown).toContain('1.5 × nchan | 1.20 × (in a row/1000/100) | missed |');
    expect(markdown).toContain('4 × nest-sse | not measured | – |');
  });

  it('calls no target met that a smaller run was made for', () => {
    const [section] = RESULTS.sections;
    if (section === undefined) throw new Error('There is no section.');
    const [measured] = section.measurements;
    if (measured === undefined) throw new Error('There is no measurement.');
    const storm = (connections: number, secondsAfterStart: number) => {
      const measurements = [
        { ...measured, server: 'runnel', settings: { connections }, figures: { secondsAfterStart } },
      ];
      return targetTable([{ ...section, scenario: 'storm', measurements }]).join('\n');
    };
    expect(storm(2_000, 9)).toContain('9.00 s (2000) | – |');
    expect(storm(10_000, 9)).toContain('9.00 s (10000) | met |');
    expect(storm(2_000, 16)).toContain('16.0 s (2000) | missed |');
  });

  it('shows pictures that are there', () => {
    const shown = [...markdown.matchAll(/\]\((.*?\.svg)\)/g)].map(([, name]) => name);
    expect(shown).toEqual([...pictures.keys()]);
    expect(shown).toEqual(['2026-01-02-fan-out-perCpuSecond-in-a-row.svg']);
  });
});

describe('results of a day', () => {
  it('keep the newest section of each scenario', () => {
    const [old] = RESULTS.sections;
    if (old === undefined) throw new Error('There is no section.');
    const both = withSection(RESULTS, { ...old, scenario: 'other' });
    const { sections } = withSection(both, { ...old, quick: true });
    expect(sections.map(({ scenario, quick }) => [scenario, quick])).toEqual([
      ['other', false],
      ['fan-out', true],
    ]);
  });
});

describe('a pivot', () => {
  it('puts equal settings into one row', () => {
    const rows = pivot([measurement('a', 1, 1), measurement('a', 2, 1), measurement('b', 1, 1)]);
    expect(rows.map(({ settings, byServer }) => [settings.connections, [...byServer.keys()]])).toEqual([
      [1, ['a', 'b']],
      [2, ['a']],
    ]);
  });
});

describe('a bar chart', () => {
  const svg = barChart({
    title: 'a < b & "c"',
    unit: 'things',
    groups: ['one', 'two'],
    series: [
      { name: 'x', values: [10, undefined] },
      { name: 'y', values: [5, 0] },
    ],
  });

  it('is well-formed, with text that cannot break it', () => {
    expect(svg).toContain('a &#60; b &#38; &#34;c&#34;');
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
  });

  it('draws bars in proportion, and none for what is missing', () => {
    const widths = [...svg.matchAll(/<rect x="190" [^>]*width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toEqual([590, 295, 1]);
  });
});

describe('a readable number', () => {
  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [12.345, '12.3'],
    [1_234.5, '1,230'],
    [1_234_567, '1,230,000'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(readable(value)).toBe(text);
  });
});
