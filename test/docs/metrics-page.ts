/** One metric as Prometheus's text format describes it. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** docs/metrics.md, from what a service that has all parts of Runnel shows at `/metrics`. */
export function metricsPage(text: string): string {
  const rows = described(text)
    .filter(({ name }) => name.startsWith('runnel_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  return `# Metrics

Every service shows its metrics at \`/metrics\` in the text format of Prometheus, each line with the label \`service\`.
This page is written by \`npm run docs\` from what standalone shows, which has all of them.

| metric | type | what it says |
| --- | --- | --- |
${rows.join('\n')}

Besides, each process shows Node's own: CPU (\`process_cpu_seconds_total\`), memory
(\`process_resident_memory_bytes\`), open files (\`process_open_fds\`), the delay of the event loop
(\`nodejs_eventloop_lag_p99_seconds\`) and garbage collection (\`nodejs_gc_duration_seconds\`). A gateway with
\`RUNNEL_WORKERS\` adds up what its workers show, and shows how many they are (\`runnel_workers\`) and how many were
replaced because they ended by themselves (\`runnel_worker_replacements_total\`).
[operations.md](operations.md) says which of them to watch.
`;
}

function described(text: string): Described[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  return [...text.matchAll(/^# HELP (\S+) (.+)$/gm)]
    .map(([, name = '', help = '']) => ({ name, help, type: types.get(name) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
