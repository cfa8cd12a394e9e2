import {
  type DestinationStream,
  destination as fileDestination,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { scrub } from './scrub.js';

export type Log = Logger;

export interface LogOptions {
  /** Written with each line, so that the lines of several services can be told apart. */
  readonly service: string;
  /** The least severe level to write. */
  readonly level: string;
  /** Which of several workers writes it, from 1. */
  readonly worker?: number | undefined;
  /** Takes the lines, each a JSON text with its line end. Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Fields whose value is a credential whatever it looks like. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'ticket',
  'password',
  'secret',
  'apiKey',
  'token',
];

/**
 * A logger of JSON lines with the time in ISO 8601 and the level as a word. Credentials are taken out twice: by
 * field name, and by their look wherever they stand in the finished line, error texts and stacks included.
 */
export function createLog({ service, level, worker, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service, ...(worker !== undefined && { worker }) },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap(atEachDepth), censor: '[hidden]' },
      hooks: { streamWrite: scrub },
    },
    // Synchronous, so that the last lines before an exit are not lost.
    destination ?? fileDestination({ dest: 1, sync: true }),
  );
}

/** The field itself, in any object, and where a request or response usually has it. */
function atEachDepth(field: string): string[] {
  const key = `["${field}"]`;
  return [key, `*${key}`, `headers${key}`, `*.headers${key}`];
}
