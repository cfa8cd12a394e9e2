import type { Argument, Command, Option } from 'commander';

/** What may come next: words, or names that only the service knows. */
export type Candidates = { readonly words: readonly string[] } | { readonly names: 'streams' | 'profiles' };

const NOTHING: Candidates = { words: [] };

/** @param words what stands after the program's name; the last of them is being typed */
export function candidates(program: Command, words: readonly string[]): Candidates {
  const current = words.at(-1) ?? '';
  const { command, given, pending } = walk(program, words.slice(0, -1));
  if (pending !== undefined) return valuesOf(pending);
  if (current.startsWith('-')) return { words: flagsOf(command, program) };
  const commands = visibleCommands(command).map((known) => known.name());
  if (commands.length > 0) return { words: commands };
  const { registeredArguments } = command;
  const argument = registeredArguments[given] ?? registeredArguments.find(({ variadic }) => variadic);
  return argument === undefined ? NOTHING : valuesOf(argument);
}

/** Follows the words down to a command, counts its arguments, and notices an option that waits for its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let given = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = [...command.options, ...program.options].find(
        ({ short, long }) => word === short || word === long,
      );
      pending = option?.required ? option : undefined;
    } else {
      const next = command.commands.find((known) => [known.name(), ...known.aliases()].includes(word));
      if (next === undefined) given += 1;
      else command = next;
    }
  }
  return { command, given, pending };
}

function flagsOf(command: Command, program: Command): string[] {
  const options = new Set([
    ...command.options,
    ...program.options.filter(({ long }) => long !== '--version'),
  ]);
  return [...[...options].flatMap(({ long }) => long ?? []), '--help'];
}

function visibleCommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

function valuesOf(of: Argument | Option): Candidates {
  if (of.argChoices !== undefined) return { words: of.argChoices };
  const text = 'flags' in of ? of.flags : of.name();
  if (text.includes('id-or-name')) return { names: 'streams' };
  return text.includes('--profile') ? { names: 'profiles' } : NOTHING;
}
