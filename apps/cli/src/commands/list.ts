import type { Command } from 'commander';
import type { RunnelClient, SourceView, StreamView, WorkflowView } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { type Column, writeTable } from '../terminal/table.js';
import { writeJson } from '../terminal/write-json.js';
import { jsonOption } from './options.js';

interface Listing<Row> {
  readonly name: string;
  readonly alias: string;
  readonly columns: readonly Column<Row>[];
  rows(client: RunnelClient): Promise<Row[]>;
}

const streams: Listing<StreamView> = {
  name: 'streams',
  alias: 'st',
  rows: (client) => client.streams.list(),
  columns: [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'VISIBILITY', value: ({ visibility }) => visibility },
    { title: 'SSE', value: ({ sse_url }) => sse_url },
  ],
};

const sources: Listing<SourceView> = {
  name: 'sources',
  alias: 'so',
  rows: (client) => client.sources.list(),
  columns: [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'ACTIVE', value: ({ active }) => (active ? 'yes' : 'no') },
    { title: 'ID', value: ({ id }) => id },
  ],
};

const workflows: Listing<WorkflowView> = {
  name: 'workflows',
  alias: 'wf',
  rows: (client) => client.workflows.list(),
  columns: [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'VISIBILITY', value: ({ visibility }) => visibility },
    { title: 'ID', value: ({ id }) => id },
  ],
};

const HELP = `
Examples:
  $ runnel list streams
  $ runnel list so
  $ runnel list workflows --json`;

export function addList(program: Command, cli: Cli): void {
  const list = program
    .command('list')
    .alias('ls')
    .description('streams, sources or workflows')
    .addHelpText('after', HELP);
  add(list, cli, streams);
  add(list, cli, sources);
  add(list, cli, workflows);
}

function add<Row>(list: Command, { io, session }: Cli, { name, alias, columns, rows }: Listing<Row>): void {
  list
    .command(name)
    .alias(alias)
    .description(`all ${name} of the workspace, oldest first`)
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const { client } = await session();
      const found = await rows(client);
      if (json) return await writeJson(io, found);
      await writeTable(io, columns, found);
      if (found.length === 0) await io.stderr.write(`There are no ${name} yet.\n`);
    });
}
