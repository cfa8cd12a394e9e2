/** What V8's profiler writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  /** Node that was at work at each sample, and microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where a share of the time went. */
export interface TopFunction {
  readonly name: string;
  /** Of the time in which the process did something, 0 to 1; without what the function called. */
  readonly share: number;
}

/** The functions that most time was spent in, over several profiles together, the greatest share first. */
export function topFunctions(profiles: readonly CpuProfile[], most: number): TopFunction[] {
  const spent = new Map<string, number>();
  let busy = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const [index, id] of samples.entries()) {
      const name = names.get(id) ?? '(unknown)';
      if (name === '(idle)') continue;
      const us = Math.max(0, timeDeltas[index] ?? 0);
      busy += us;
      spent.set(name, (spent.get(name) ?? 0) + us);
    }
  }
  const sorted = [...spent].sort(([, a], [, b]) => b - a).slice(0, most);
  return sorted.map(([name, us]) => ({ name, share: us / busy }));
}

/** What the system and the engine do has no file. */
function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url.replace(/^.*\/(?:node_modules|dist)\//, '').replace(/^file:\/\/.*\//, '');
  return `${name} ${file}:${lineNumber + 1}`;
}
