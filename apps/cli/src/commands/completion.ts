import { Argument, type Command } from 'commander';
import { within } from '#libs/timing';
import type { Cli } from '../cli.js';
import { candidates } from '../completion/candidates.js';
import { COMPLETION_SCRIPTS, type Shell } from '../completion/scripts.js';
import { configPath, readProfiles } from '../config/config-file.js';

/** Milliseconds that the service has for its names: nobody waits longer for a Tab. */
const NAMES_MS = 1_500;

const HELP = `
Examples:
  $ source <(runnel completion bash)                                  in ~/.bashrc
  $ source <(runnel completion zsh)                                   in ~/.zshrc, after compinit
  $ runnel completion fish > ~/.config/fish/completions/runnel.fish`;

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print what completes commands and names in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .addHelpText('after', HELP)
    .action((shell: Shell) => cli.io.stdout.write(COMPLETION_SCRIPTS[shell]));
  // For the scripts.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => complete(program, cli, words));
}

async function complete(program: Command, cli: Cli, words: readonly string[]): Promise<void> {
  const found = candidates(program, words);
  // A profile on the line that is being typed decides whose names are offered.
  const option = words.findIndex((word) => word === '-p' || word === '--profile');
  if (option !== -1 && option < words.length - 2) program.setOptionValue('profile', words[option + 1]);
  const all = 'words' in found ? found.words : await namesOf(cli, found.names).catch(() => []);
  const fitting = all.filter((word) => word.startsWith(words.at(-1) ?? ''));
  if (fitting.length > 0) await cli.io.stdout.write(`${fitting.join('\n')}\n`);
}

async function namesOf(cli: Cli, what: 'streams' | 'profiles'): Promise<string[]> {
  if (what === 'profiles') return [...(await readProfiles(configPath(cli.io.env))).keys()];
  const { client } = await cli.session();
  const streams = (await within(NAMES_MS, client.streams.list())) ?? [];
  return streams.map(({ name }) => name);
}
