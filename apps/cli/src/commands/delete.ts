import type { Command } from 'commander';
import type { Cli } from '../cli.js';

const HELP = `
Its history goes with it, and whoever follows its stream is told that it is closed. It cannot be undone.

Examples:
  $ runnel delete my-source
  $ runnel delete dc_3kTq…`;

export function addDelete(program: Command, cli: Cli): void {
  program
    .command('delete')
    .alias('rm')
    .description('delete a source or workflow with its stream')
    .argument('<id-or-name>', 'of a source or workflow')
    .addHelpText('after', HELP)
    .action(async (idOrName: string) => {
      const { client } = await cli.session();
      const { id, name, kind } = await client.streams.get(idOrName);
      await (kind === 'source' ? client.sources : client.workflows).delete(id);
      await cli.io.stdout.write(`Deleted ${name} (${id}).\n`);
    });
}
