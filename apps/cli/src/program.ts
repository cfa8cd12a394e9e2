import { Command } from 'commander';
import { cliFor } from './cli.js';
import { addCompletion } from './commands/completion.js';
import { addCreate } from './commands/create.js';
import { addDelete } from './commands/delete.js';
import { addDeploy } from './commands/deploy.js';
import { addDescribe } from './commands/describe.js';
import { addEvents } from './commands/events.js';
import { addKeys } from './commands/keys.js';
import { addList } from './commands/list.js';
import { addLogin } from './commands/login.js';
import { addLogout } from './commands/logout.js';
import { addLogs } from './commands/logs.js';
import { addPublish } from './commands/publish.js';
import { addRun } from './commands/run.js';
import { addTicket } from './commands/ticket.js';
import { addUpdate } from './commands/update.js';
import type { Io } from './io.js';
import { version } from './version.js';

const HELP = `
Environment:
  RUNNEL_URL       address of the service, before that of the profile (else http://127.0.0.1:3000)
  RUNNEL_API_KEY   key, before that of the profile
  NO_COLOR         no colours, even on a terminal

Exit codes: 0 done, 1 refused by the service, 2 wrong usage, 3 cannot connect

Examples:
  $ runnel login
  $ runnel list streams
  $ runnel events -n 5 -f my-source
  $ runnel publish my-workflow --channel news '{"hello":"world"}'`;

/** All commands, in the order of their help. */
export function runnelProgram(io: Io): Command {
  const program = new Command('runnel')
    .description('The command line of Runnel: event streams that you host yourself.')
    .version(version())
    .option('-p, --profile <name>', 'which login to use')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text).catch(() => {}),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError('Add --help for what there is.')
    .addHelpText('after', HELP);
  const cli = cliFor(io, () => program.opts<{ profile?: string }>().profile);
  addLogin(program, cli);
  addLogout(program, cli);
  addList(program, cli);
  addEvents(program, cli);
  addLogs(program, cli);
  addDeploy(program, cli);
  addDescribe(program, cli);
  addUpdate(program, cli);
  addDelete(program, cli);
  addCreate(program, cli);
  addPublish(program, cli);
  addRun(program, cli);
  addKeys(program, cli);
  addTicket(program, cli);
  addCompletion(program, cli);
  return program;
}
