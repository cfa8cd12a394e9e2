import type { Command } from 'commander';
import type { StreamEvent } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { eventLine } from '../events/event-line.js';
import { followStream } from '../events/follow.js';
import { untilStopped } from '../events/until-stopped.js';
import { visible } from '../terminal/visible.js';
import { jsonOption } from './options.js';

const HELP = `
Prints the last error, if there is one, and then each line as it comes, until Ctrl-C.

Examples:
  $ runnel logs my-source
  $ runnel logs --json my-source | jq 'select(.level == "error")'`;

interface Line {
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly level: string;
  readonly message: string;
}

export function addLogs(program: Command, cli: Cli): void {
  program
    .command('logs')
    .description('show what a source says while it works')
    .argument('<id-or-name>', 'of a source')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((idOrName: string, options: { readonly json?: true }) =>
      untilStopped(cli.io, (signal) => logs(cli, idOrName, options, signal)),
    );
}

async function logs(
  { io, session }: Cli,
  idOrName: string,
  { json = false }: { readonly json?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const service = await session();
  let lastError: string | undefined;
  const onEvent = async (event: StreamEvent) => {
    const line = event.payload as Line;
    // Each connection begins with the last error, which has been printed when this is not the first one.
    if (line.level === 'error' && event.data === lastError) return;
    if (line.level === 'error') lastError = event.data;
    await io.stdout.write(`${json ? eventLine(event, { whole: false }) : textOf(line)}\n`);
  };
  await followStream(io, service, service.client.logsUrl(idOrName), { signal, onEvent });
}

function textOf({ ts, level, message }: Line): string {
  return `${new Date(ts).toISOString()}  ${visible(level).padEnd(5)}  ${visible(message)}`;
}
