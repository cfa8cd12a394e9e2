import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { inProject } from '#libs/testing';

const ALERTS = inProject('deploy/compose/alerts.yml');
const CASES = inProject('test/deploy/alerts.test.yml');
const DASHBOARD = inProject('deploy/grafana/dashboards/runnel.json');
/** What Node's collector and Prometheus itself have; the rest is in docs/metrics.md (deploy.spec.ts). */
const COMMON = ['up', 'process_', 'nodejs_', 'runnel_'];

const read = async (path: string) => parse(await readFile(path, 'utf8'));
const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
// Prometheus' own program; Debian has it in the package prometheus.
const withPromtool = spawnSync('promtool', ['--version']).error === undefined ? it : it.skip;

async function rules(): Promise<{ alert: string; labels: { severity: string } }[]> {
  return (await read(ALERTS)).groups.flatMap(({ rules }: { rules: unknown[] }) => rules);
}

async function queries(): Promise<string[]> {
  const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

describe('the alerts', () => {
  it('each have a case in which they go off, and one in which they do not', async () => {
    const [well, unwell] = (await read(CASES)).tests.map(
      ({ alert_rule_test: cases }: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }) =>
        cases,
    ) as { alertname: string; exp_alerts?: unknown[] }[][];
    const names = (await rules()).map(({ alert }) => alert).sort();
    expect(well?.map(({ alertname }) => alertname).sort()).toEqual(names);
    expect(unwell?.map(({ alertname }) => alertname).sort()).toEqual(names);
    expect(well?.some(({ exp_alerts }) => exp_alerts !== undefined)).toBe(false);
    expect(unwell?.every(({ exp_alerts }) => exp_alerts?.length === 1)).toBe(true);
  });

  withPromtool('go off in those cases', () => {
    expect(promtool('check', 'rules', ALERTS)).toMatchObject({ status: 0 });
    expect(promtool('test', 'rules', CASES)).toMatchObject({ status: 0 });
  });

  it('are each explained to whoever is woken: what it means, what to look at, what to do', async () => {
    const guide = await readFile(inProject('docs/operations.md'), 'utf8');
    for (const { alert, labels } of await rules()) {
      const row = guide.split('\n').find((line) => line.startsWith(`| \`${alert}\``));
      const cells =
        row
          ?.split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()) ?? [];
      expect([alert, cells.length, cells.every((cell) => cell.length > 3)]).toEqual([alert, 5, true]);
      expect([alert, cells[1]]).toEqual([alert, labels.severity]);
    }
  });
});

describe('the dashboard', () => {
  it('asks for what somebody measures', async () => {
    for (const query of await queries()) {
      const asked = query.match(/\b[a-z]\w*(?=[{[)\s]|$)/g)?.filter((word) => /_|^up$/.test(word)) ?? [];
      expect([
        query,
        asked.filter((name) => COMMON.some((start) => name.startsWith(start))).length > 0,
      ]).toEqual([query, true]);
    }
  });

  withPromtool('asks in the language of Prometheus', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'runnel-queries-'));
    const file = join(dir, 'queries.yml');
    const records = (await queries()).map((expr, n) => ({ record: `query:${n}`, expr }));
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: records }] }));
    const checked = promtool('check', 'rules', file);
    await rm(dir, { recursive: true });
    expect(checked).toMatchObject({ status: 0 });
    expect(records.length).toBeGreaterThan(10);
  });
});
