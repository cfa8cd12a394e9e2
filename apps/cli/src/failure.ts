import { CommanderError } from 'commander';
import { ConnectError, RunnelError, StreamClosedError } from '#libs/sdk';
import type { Io } from './io.js';
import { colours } from './terminal/colours.js';
import { visible } from './terminal/visible.js';

/** What the command ends with, for scripts. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** The command cannot mean anything as it was given, or is not set up. The message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** Writes what went wrong to standard error. Returns the exit code. */
export async function reportFailure(error: unknown, io: Io): Promise<number> {
  // Commander has written its own message; what it throws for `--help` and `--version` is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { red } = colours(io.stderr, io.env);
  const lines = linesFor(error).map((line) => visible(line));
  await io.stderr.write(`${red('error:')} ${lines.join('\n')}\n`);
  return exitCodeFor(error);
}

function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof ConnectError ? EXIT.unreachable : EXIT.refused;
}

function linesFor(error: unknown): string[] {
  if (error instanceof RunnelError) return refusalLines(error);
  if (error instanceof ConnectError) {
    return [error.message, 'Is Runnel running there? RUNNEL_URL or "runnel login" says where to look.'];
  }
  if (error instanceof StreamClosedError) return [closedSentence(error.reason)];
  return [error instanceof Error ? error.message : String(error)];
}

function refusalLines({ status, code, detail, errors, requestId }: RunnelError): string[] {
  // The service's own sentence is about HTTP headers.
  const what = code === 'no-credential' ? 'This needs an API key.' : detail;
  const lines = [what, ...errors.map(({ field, message }) => `  ${field}: ${message}`)];
  if (status === 401) lines.push('Log in with "runnel login", or set RUNNEL_API_KEY.');
  if (status >= 500 && requestId !== undefined)
    lines.push(`The service's log names this request ${requestId}.`);
  return lines;
}

const CLOSED: Readonly<Record<string, string>> = {
  'stream-deleted': 'The stream was deleted.',
  'access-revoked': 'The key was revoked.',
  'credential-expired': 'The key has expired.',
  'visibility-changed': 'The stream was made private, and the key does not allow to read it.',
};

function closedSentence(reason: string): string {
  return CLOSED[reason] ?? `The service closed the stream: ${reason}.`;
}
