import type { Command } from 'commander';
import type { Visibility } from '#libs/contracts';
import type { SourceChange } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { UsageError } from '../failure.js';
import { writeJson } from '../terminal/write-json.js';
import { jsonOption, type Settings, settingOption, visibilityOption } from './options.js';

const HELP = `
Examples:
  $ runnel update http-1 --name orders
  $ runnel update orders --deactivate
  $ runnel update my-workflow --visibility private
  $ runnel update orders --set response.status=202`;

interface Options {
  readonly name?: string;
  readonly activate?: true;
  readonly deactivate?: true;
  readonly visibility?: Visibility;
  readonly set: Settings;
  readonly json?: true;
}

export function addUpdate(program: Command, cli: Cli): void {
  program
    .command('update')
    .description('change a source or workflow')
    .argument('<id-or-name>', 'of a source or workflow')
    .option('--name <name>', 'another name')
    .option('--activate', 'let a source make events')
    .option('--deactivate', 'let a source make none')
    .addOption(visibilityOption())
    .addOption(settingOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((idOrName: string, options: Options) => update(cli, idOrName, options));
}

async function update({ io, session }: Cli, idOrName: string, options: Options): Promise<void> {
  const change = changeOf(options);
  const { client } = await session();
  const { id, kind } = await client.streams.get(idOrName);
  const owners = kind === 'source' ? client.sources : client.workflows;
  const view = await owners.update(id, change);
  if (options.json) await writeJson(io, view);
  else await io.stdout.write(`Changed ${view.name} (${view.id}).\n`);
}

function changeOf({ name, activate, deactivate, visibility, set }: Options): SourceChange {
  if (activate && deactivate) throw new UsageError('--activate and --deactivate exclude each other.');
  const active = activate ?? (deactivate ? false : undefined);
  const fields = Object.entries({ ...set, name, visibility, active });
  const change = fields.filter(([, value]) => value !== undefined);
  if (change.length === 0) throw new UsageError('Nothing to change was given. Add --help for what can be.');
  return Object.fromEntries(change);
}
