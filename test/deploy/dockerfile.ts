/** One line of a Dockerfile: its word, and what follows, with continued lines joined. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the stage that it goes on from. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, in order. */
export function readDockerfile(text: string): ReadonlyMap<string, Stage> {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages = new Map<string, { name: string; from: string; instructions: Instruction[] }>();
  for (const line of lines) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (word === 'FROM') {
      const [from = '', , name = ''] = rest.split(/\s+/);
      stages.set(name, { name, from, instructions: [] });
    } else {
      [...stages.values()].at(-1)?.instructions.push({ word, rest });
    }
  }
  return stages;
}
