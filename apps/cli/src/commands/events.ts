import { type Command, InvalidArgumentError } from 'commander';
import { REPLAY_EVENTS } from '#libs/contracts';
import type { StreamEvent } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { eventLine } from '../events/event-line.js';
import { findStream } from '../events/find-stream.js';
import { followStream } from '../events/follow.js';
import { readHistory } from '../events/read-history.js';
import { untilStopped } from '../events/until-stopped.js';

const DEFAULT_COUNT = 10;

const HELP = `
Prints one event a line: its payload as JSON. Everything else goes to standard error.

Examples:
  $ runnel events my-source                     the last 10
  $ runnel events -n 50 my-source > events.txt
  $ runnel events -f my-source                  what comes from now on, until Ctrl-C
  $ runnel events -n 5 -f my-workflow           the last 5 first
  $ runnel events -f --json my-workflow | jq 'select(.channel == "news").payload'`;

interface Options {
  readonly number?: number;
  readonly follow?: true;
  readonly json?: true;
}

export function addEvents(program: Command, cli: Cli): void {
  program
    .command('events')
    .description('print the last events of a stream, and follow it')
    .argument('<id-or-name>', 'of a stream, source or workflow')
    .option('-n, --number <count>', `how many, up to ${REPLAY_EVENTS} (default: 10, and 0 with -f)`, count)
    .option('-f, --follow', 'go on with what comes; resumes by itself')
    .option('--json', 'print whole events: {"id","channel","payload"}')
    .addHelpText('after', HELP)
    .action((idOrName: string, options: Options) =>
      untilStopped(cli.io, (signal) => events(cli, idOrName, options, signal)),
    );
}

async function events(cli: Cli, idOrName: string, options: Options, signal: AbortSignal): Promise<void> {
  const { follow = false, number = follow ? 0 : DEFAULT_COUNT, json = false } = options;
  const print = (event: StreamEvent) => cli.io.stdout.write(`${eventLine(event, { whole: json })}\n`);
  const session = await cli.session();
  const stream = await findStream(session, idOrName);
  // To follow without history, the newest event is read all the same: without a cursor to begin from, what is
  // published while the first connection breaks would be missed.
  const toRead = Math.max(number, follow ? 1 : 0);
  const past = toRead === 0 ? [] : await readHistory(session, stream, toRead, signal);
  for (const event of number === 0 ? [] : past) await print(event);
  if (!follow) return;
  const from = { lastEventId: past.at(-1)?.id, signal, onEvent: print };
  await followStream(cli.io, session, session.client.sseUrl(stream), from);
}

function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= REPLAY_EVENTS) return number;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${REPLAY_EVENTS}.`);
}
