import { type Command, Option } from 'commander';
import {
  type Destination,
  type FinishedRun,
  loadSteps,
  propsFromText,
  runSteps,
  sendEvents,
} from '#libs/sdk';
import type { Cli } from '../cli.js';
import type { Io } from '../io.js';
import { visible } from '../terminal/visible.js';
import { writeJson } from '../terminal/write-json.js';
import { importFile } from '../workflow/import-file.js';
import { readEvent } from '../workflow/read-event.js';
import { explainRunFault } from '../workflow/run-fault.js';
import { stepFiles } from '../workflow/step-files.js';
import { orStuck, untilSent } from '../workflow/unawaited.js';
import { jsonOption } from './options.js';

const HELP = `
A step is a file as on Pipedream: export default defineComponent({ async run({ steps, $ }) { … } }).
What $.send.sse collects goes out after the last step, as one batch. A run that throws sends nothing.
With --json, what the last step returned is printed.

Examples:
  $ runnel run names.mjs --workflow my-workflow
  $ runnel run fetch.mjs send.mjs --workflow my-workflow --event '{"city":"Bern"}'
  $ runnel run --step get=v2/fetch.mjs --step send=send.mjs -w my-workflow --prop send.times=3`;

interface Options {
  readonly workflow: string;
  readonly step: readonly string[];
  readonly event?: string;
  readonly prop: readonly string[];
  readonly runId?: string;
  readonly json?: true;
}

export function addRun(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a workflow on this machine and send its events')
    .argument('[files...]', 'JavaScript modules, a step each, in order')
    .requiredOption('-w, --workflow <id-or-name>', 'whose stream the events go to')
    .addOption(repeatable('--step <name=file>', 'a step with a name of its own, instead of files'))
    .option('--event <json>', 'steps.trigger.event; @file reads it from there, - from standard input')
    .addOption(repeatable('--prop <name=value>', 'a prop of the steps, or step.name=value of one'))
    .option('--run-id <id>', 'what two runs with the same id send within two minutes is stored once')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action((files: string[], options: Options) => run(cli, files, options));
}

function repeatable(flags: string, description: string): Option {
  const collect = (value: string, previous: readonly string[]) => [...previous, value];
  return new Option(flags, `${description}, repeatable`).default([], 'none').argParser(collect);
}

async function run({ io, session }: Cli, files: readonly string[], options: Options): Promise<void> {
  const { workflow, runId, json } = options;
  const { client } = await session();
  try {
    const event = await readEvent(io, options.event);
    const steps = await orStuck(loadSteps(await stepFiles(files, options.step), importFile));
    const props = propsFromText(steps, options.prop);
    const finished = await orStuck(runSteps(steps, { workflow, event, props, runId }));
    await send(io, finished, { client, workflow });
    if (json) await writeJson(io, finished.returnValue ?? null);
  } catch (error) {
    throw await explainRunFault(io, error);
  }
}

async function send(io: Io, finished: FinishedRun, destination: Destination): Promise<void> {
  const { exit, events } = finished;
  if (exit !== undefined) {
    const reason = exit.reason === undefined ? '.' : `: ${visible(exit.reason)}`;
    await io.stderr.write(`The run ended early${reason}\n`);
  }
  const sent = await untilSent(sendEvents(finished, destination));
  const what = events.length === 1 ? '1 event' : `${events.length} events`;
  const before = sent.filter(({ duplicate }) => duplicate).length;
  const note = before === 0 ? '' : `; ${before} had been stored before`;
  await io.stderr.write(`Sent ${what} to ${visible(destination.workflow)}${note}.\n`);
}
