import type { Command } from 'commander';
import type { Visibility } from '#libs/contracts';
import type { Cli } from '../cli.js';
import { writeDetails } from '../terminal/details.js';
import { writeJson } from '../terminal/write-json.js';
import { jsonOption, visibilityOption } from './options.js';

const HELP = `
Examples:
  $ runnel create workflow my-workflow
  $ runnel create workflow internal --visibility private --json`;

interface Options {
  readonly visibility?: Visibility;
  readonly json?: true;
}

export function addCreate(program: Command, { io, session }: Cli): void {
  program
    .command('create')
    .description('make a workflow')
    .addHelpText('after', HELP)
    .command('workflow')
    .alias('wf')
    .description('make a workflow: a stream that programs publish to')
    .argument('<name>', 'its name')
    .addOption(visibilityOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (name: string, { visibility, json }: Options) => {
      const { client } = await session();
      const workflow = await client.workflows.create({ name, visibility });
      await (json ? writeJson(io, workflow) : writeDetails(io, workflow));
    });
}
