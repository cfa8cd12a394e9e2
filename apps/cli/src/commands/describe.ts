import type { Command } from 'commander';
import { RunnelError } from '#libs/sdk';
import type { Cli, Session } from '../cli.js';
import { writeDetails } from '../terminal/details.js';
import { writeJson } from '../terminal/write-json.js';
import { jsonOption } from './options.js';

const HELP = `
Examples:
  $ runnel describe my-source
  $ runnel describe my-source --json | jq -r .endpoint`;

export function addDescribe(program: Command, cli: Cli): void {
  program
    .command('describe')
    .description('show all there is to a source or workflow and its stream')
    .argument('<id-or-name>', 'of a source or workflow')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (idOrName: string, { json }: { json?: true }) => {
      const view = await viewOf(await cli.session(), idOrName);
      await (json ? writeJson(cli.io, view) : writeDetails(cli.io, view));
    });
}

/** The stream and what makes it, in one. A key that may only read the stream is shown only that. */
async function viewOf({ client }: Session, idOrName: string): Promise<object> {
  const stream = await client.streams.get(idOrName);
  const owners = stream.kind === 'source' ? client.sources : client.workflows;
  try {
    return { ...stream, ...(await owners.get(stream.id)) };
  } catch (error) {
    if (error instanceof RunnelError && error.status === 403) return stream;
    throw error;
  }
}
