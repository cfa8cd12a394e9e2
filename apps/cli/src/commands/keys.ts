import { type Command, Option } from 'commander';
import type { KeyView } from '#libs/sdk';
import type { Cli, Session } from '../cli.js';
import { expiry, keyIdIn, listOf } from '../keys/key-arguments.js';
import { type Column, writeTable } from '../terminal/table.js';
import { visible } from '../terminal/visible.js';
import { writeJson } from '../terminal/write-json.js';
import { jsonOption } from './options.js';

const COLUMNS: readonly Column<KeyView>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'SCOPES', value: ({ scopes }) => scopes.join(',') },
  { title: 'STREAMS', value: ({ streams }) => streams.join(',') },
  { title: 'EXPIRES', value: ({ expires_at }) => expires_at ?? 'never' },
];

const HELP = `
Examples:
  $ runnel keys create ci --scope publish --stream my-workflow --expires 30d
  $ KEY=$(runnel keys create reader --scope subscribe)
  $ runnel keys list
  $ runnel keys revoke 3kTq0aZ9bYc1`;

interface CreateOptions {
  readonly scope: readonly string[];
  readonly stream?: readonly string[];
  readonly expires?: string;
  readonly json?: true;
}

export function addKeys(program: Command, cli: Cli): void {
  const { io, session } = cli;
  const keys = program.command('keys').description('API keys').addHelpText('after', HELP);
  keys
    .command('create')
    .description('make a key and print it; it is shown only now')
    .argument('<name>', 'what it is for')
    .addOption(scopeOption())
    .option('--stream <id-or-name>', 'stream that it is for, repeatable (default: those of your key)', listOf)
    .option('--expires <when>', 'such as 90m, 12h, 30d or 2030-01-31T12:00:00Z', expiry)
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((name: string, options: CreateOptions) => create(cli, name, options));
  keys
    .command('list')
    .alias('ls')
    .description('all keys, without their secrets')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: true }) => {
      const found = await (await session()).client.keys.list();
      await (json ? writeJson(io, found) : writeTable(io, COLUMNS, found));
    });
  keys
    .command('revoke')
    .description('make a key useless everywhere at once; its open connections end within 5 s')
    .argument('<id>', 'of the key, as "runnel keys list" shows it')
    .action(async (text: string) => {
      const id = keyIdIn(text);
      await (await session()).client.keys.delete(id);
      await io.stdout.write(`Revoked ${visible(id)}.\n`);
    });
}

/** The key stands alone on standard output, so that a script can keep it. */
async function create({ io, session }: Cli, name: string, options: CreateOptions): Promise<void> {
  const { scope: scopes, stream, expires: expires_at, json } = options;
  const opened = await session();
  const streams = stream && (await streamIds(opened, stream));
  const { key, ...view } = await opened.client.keys.create({ name, scopes, streams, expires_at });
  if (json) return await writeJson(io, { ...view, key });
  await io.stdout.write(`${key}\n`);
  const until = view.expires_at === null ? '' : `, until ${view.expires_at}`;
  await io.stderr.write(`This is the key ${view.id}${until}. It is shown only now: keep it.\n`);
}

async function streamIds({ client }: Session, streams: readonly string[]): Promise<string[]> {
  return await Promise.all(
    streams.map(async (idOrName) => (idOrName === '*' ? idOrName : (await client.streams.get(idOrName)).id)),
  );
}

function scopeOption(): Option {
  return new Option('--scope <scope>', 'publish, subscribe or manage; repeatable, or with commas')
    .argParser(listOf)
    .makeOptionMandatory();
}
