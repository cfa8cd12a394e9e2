import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { DEFAULT_PROFILE } from '../config/access.js';
import { configPath, readProfiles, writeProfiles } from '../config/config-file.js';

export function addLogout(program: Command, cli: Cli): void {
  program
    .command('logout')
    .description('forget address and key; the key itself stays valid')
    .addHelpText('after', '\nExamples:\n  $ runnel logout\n  $ runnel logout --profile staging')
    .action(() => logout(cli));
}

async function logout({ io, profile }: Cli): Promise<void> {
  const name = profile() ?? DEFAULT_PROFILE;
  const path = configPath(io.env);
  const profiles = new Map(await readProfiles(path));
  if (profiles.delete(name)) {
    await writeProfiles(path, profiles);
    await io.stdout.write(`Logged out (profile ${name}).\n`);
  } else {
    await io.stderr.write(`Nobody is logged in (profile ${name}).\n`);
  }
}
