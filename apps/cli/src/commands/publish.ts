import type { Command } from 'commander';
import type { PublishedEvent } from '#libs/sdk';
import type { Cli } from '../cli.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { publishLines } from '../publish/publish-lines.js';
import { readInput } from '../terminal/read-input.js';
import { safeJson } from '../terminal/write-json.js';

const HELP = `
Prints the id of each event once it is stored. What fails on the way is tried again for a while, and stored once.

Examples:
  $ runnel publish my-workflow --channel news '{"hello":"world"}'
  $ runnel publish my-workflow --channel news '"a string"'
  $ date +%s | runnel publish my-workflow --channel time
  $ runnel publish my-workflow --ndjson --channel news < payloads.ndjson
  $ runnel publish my-workflow --ndjson < events.ndjson      lines like {"channel":"news","payload":1}`;

interface Options {
  readonly channel?: string;
  readonly ndjson?: true;
  readonly json?: true;
}

export function addPublish(program: Command, cli: Cli): void {
  program
    .command('publish')
    .description('send an event to a stream')
    .argument('<id-or-name>', 'of a stream, source or workflow')
    .argument('[payload]', 'JSON; - or nothing reads it from standard input')
    .option('-c, --channel <channel>', 'channel, the name under which subscribers hear it')
    .option('--ndjson', 'one event a line of standard input; with --channel, one payload a line')
    .option('--json', 'print {"id","duplicate"} for each event')
    .addHelpText('after', HELP)
    .action((idOrName: string, payload: string | undefined, options: Options) =>
      publish(cli, idOrName, payload, options),
    );
}

async function publish(
  cli: Cli,
  stream: string,
  payload: string | undefined,
  options: Options,
): Promise<void> {
  const { io } = cli;
  const { channel, ndjson, json = false } = options;
  if (ndjson && payload !== undefined && payload !== '-') {
    throw new UsageError('With --ndjson the events come from standard input, not from an argument.');
  }
  const onPublished = async (events: readonly PublishedEvent[]) => {
    const lines = events.map((event) => (json ? safeJson(JSON.stringify(event)) : event.id));
    await io.stdout.write(`${lines.join('\n')}\n`);
  };
  const session = await cli.session();
  if (ndjson) return await publishLines(io, session, { stream, channel, onPublished });
  const event = { channel, payload: await readPayload(io, payload) };
  await onPublished([await session.client.publish(stream, event)]);
}

async function readPayload(io: Io, argument: string | undefined): Promise<unknown> {
  const fromInput = argument === undefined || argument === '-';
  const json = fromInput ? await readInput(io, 'JSON') : argument;
  try {
    return JSON.parse(json);
  } catch {
    if (!fromInput)
      throw new UsageError(`The payload is not JSON. A string needs its quotes: '${JSON.stringify(json)}'`);
    throw new UsageError('What came on standard input is not JSON. With one event a line, add --ndjson.');
  }
}
