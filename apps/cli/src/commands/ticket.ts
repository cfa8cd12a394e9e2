import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { safeJson } from '../terminal/write-json.js';
import { jsonOption } from './options.js';

const MAX_TTL_S = 3_600;

const HELP = `
A browser opens the streams with ?ticket=… in their addresses, or a program with the ticket in place of a key.

Examples:
  $ runnel ticket my-source
  $ runnel ticket my-source my-workflow --channel news --ttl 600
  $ curl -N "$(runnel describe my-source --json | jq -r .sse_url)?ticket=$(runnel ticket my-source)"`;

interface Options {
  readonly channel?: readonly string[];
  readonly ttl?: number;
  readonly json?: true;
}

export function addTicket(program: Command, cli: Cli): void {
  program
    .command('ticket')
    .description('make a ticket, with which a browser may read some streams for a while')
    .argument('<id-or-name...>', 'of the streams')
    .option(
      '--channel <channel>',
      'channel that it is for, repeatable (default: all)',
      (text: string, previous: readonly string[] = []) => [...previous, text],
    )
    .option('--ttl <seconds>', `how long it lives, up to ${MAX_TTL_S} (default: 60)`, seconds)
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((streams: string[], options: Options) => ticket(cli, streams, options));
}

/** The ticket stands alone on standard output, so that a script can use it. */
async function ticket({ io, session }: Cli, streams: readonly string[], options: Options): Promise<void> {
  const { channel: channels, ttl: ttl_s, json } = options;
  const { client } = await session();
  const made = await client.tickets.create({ streams, channels, ttl_s });
  await io.stdout.write(`${json ? safeJson(JSON.stringify(made)) : made.ticket}\n`);
  if (!json) await io.stderr.write(`It opens ${streams.join(', ')} until ${made.expires_at}.\n`);
}

function seconds(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= MAX_TTL_S) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_TTL_S}.`);
}
