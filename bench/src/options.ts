import { parseArgs } from 'node:util';
import { SERVER_NAMES, type ServerName } from './servers/server.js';

export interface BenchOptions {
  readonly quick: boolean;
  /** Names of scenarios; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly servers: readonly ServerName[];
  /** Numbers of connections to which scenarios keep; undefined for all that they have. */
  readonly connections: readonly number[] | undefined;
  /** The same for sizes of payloads in bytes. */
  readonly sizes: readonly number[] | undefined;
  /** Directory for the results. */
  readonly out: string | undefined;
  /** Whether missing peers are installed where that is possible. */
  readonly install: boolean;
  /** Whether CPU profiles of the gateway are written, and what took most time goes into the report. */
  readonly profile: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]

  --only a,b          scenarios to run; default: all
  --servers a,b       of ${SERVER_NAMES.join(', ')}
  --quick             fewer and shorter rounds, for a first look
  --connections 1000  only these numbers of connections; likewise --sizes
  --out directory     where results go; default: bench/results
  --profile           CPU profiles of the gateway, and its top functions in the report; costs some of what is measured
  --no-install        leave out peers that are not installed, instead of installing them from Debian
  --help              these lines, and the scenarios
`;

/** @throws Error with a sentence for the user */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      servers: { type: 'string' },
      connections: { type: 'string' },
      sizes: { type: 'string' },
      out: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    quick: values.quick,
    only: list(values.only),
    servers: list(values.servers)?.map(serverName) ?? SERVER_NAMES,
    connections: list(values.connections)?.map(positive),
    sizes: list(values.sizes)?.map(positive),
    out: values.out,
    install: !values['no-install'],
    profile: values.profile,
    help: values.help,
  };
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').filter((item) => item !== '');
}

function serverName(text: string): ServerName {
  const name = SERVER_NAMES.find((each) => each === text);
  if (name === undefined) throw new Error(`There is no server ${text}: take ${SERVER_NAMES.join(', ')}.`);
  return name;
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${text} is not a whole number above 0.`);
}
