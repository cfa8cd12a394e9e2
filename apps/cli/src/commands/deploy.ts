import type { Command } from 'commander';
import type { Visibility } from '#libs/contracts';
import type { NewSource, StreamEvent } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { eventLine } from '../events/event-line.js';
import { followStream } from '../events/follow.js';
import { untilStopped } from '../events/until-stopped.js';
import { UsageError } from '../failure.js';
import { writeDetails } from '../terminal/details.js';
import { safeJson, writeJson } from '../terminal/write-json.js';
import { jsonOption, type Settings, settingOption, visibilityOption } from './options.js';

const HELP = `
Prints the source and then its events, one a line, until Ctrl-C; the source stays.

Examples:
  $ runnel deploy http
  $ runnel deploy http --name orders --no-follow
  $ runnel deploy http --set channel=order --set response.status=202`;

interface Options {
  readonly name?: string;
  readonly visibility?: Visibility;
  readonly set: Settings;
  readonly follow: boolean;
  readonly json?: true;
}

export function addDeploy(program: Command, cli: Cli): void {
  program
    .command('deploy')
    .description('make a source and follow it')
    .argument('<type>', 'of the source, such as http')
    .option('--name <name>', 'name (default: the type, numbered)')
    .addOption(visibilityOption())
    .addOption(settingOption())
    .option('--no-follow', 'end when it is deployed')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((type: string, options: Options) => deploy(cli, type, options));
}

async function deploy(
  cli: Cli,
  type: string,
  { name, visibility, set, follow, json }: Options,
): Promise<void> {
  const { io } = cli;
  if (/[/\\]|\.[cm]?[jt]s$/.test(type)) {
    throw new UsageError(
      'Components, files with code of yours, are not supported yet. Name a type, such as http.',
    );
  }
  const session = await cli.session();
  const fields: NewSource = { ...set, type, name, visibility };
  const source = await session.client.sources.create(fields);
  if (!follow) return json ? await writeJson(io, source) : await writeDetails(io, source);
  // What follows are events, one a line, so that the source takes one line as well.
  if (json) await io.stdout.write(`${safeJson(JSON.stringify(source))}\n`);
  else await writeDetails(io, source);
  await io.stderr.write('Waiting for events; Ctrl-C ends this, and the source stays.\n');
  const url = session.client.sseUrl({ kind: 'source', id: source.id });
  const onEvent = (event: StreamEvent) => io.stdout.write(`${eventLine(event, { whole: json === true })}\n`);
  await untilStopped(io, (signal) => followStream(io, session, url, { signal, onEvent }));
}
