import type { Command } from 'commander';
import { type Cli, sessionFor } from '../cli.js';
import { baseUrl, DEFAULT_PROFILE, DEFAULT_URL } from '../config/access.js';
import { configPath, readProfiles, writeProfiles } from '../config/config-file.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { maskKey } from '../terminal/mask.js';
import { readInput } from '../terminal/read-input.js';

const HELP = `
Without --key, the key is asked for on a terminal and read from standard input elsewhere.

Examples:
  $ runnel login
  $ runnel login --url https://events.example.com < key.txt
  $ runnel login --profile staging`;

interface Options {
  readonly url?: string;
  readonly key?: string;
}

export function addLogin(program: Command, cli: Cli): void {
  program
    .command('login')
    .description('keep address and key for later commands')
    .option('--url <address>', `address of the service (default: ${DEFAULT_URL})`)
    .option('--key <key>', 'API key; other users of this machine may see what stands in a command')
    .addHelpText('after', HELP)
    .action((options: Options) => login(cli, options));
}

/** Keeps nothing that the service does not accept. */
async function login({ io, profile }: Cli, options: Options): Promise<void> {
  const name = profile() ?? DEFAULT_PROFILE;
  const path = configPath(io.env);
  const profiles = await readProfiles(path);
  const url = baseUrl(options.url ?? (io.env.RUNNEL_URL || (await askUrl(io, profiles.get(name)?.url))));
  const key = options.key ?? (io.env.RUNNEL_API_KEY || (await askKey(io)));
  if (key === '') throw new UsageError('No key was given. Standalone prints the first one when it starts.');
  await sessionFor(io, { url, key }).client.streams.list();
  await writeProfiles(path, new Map(profiles).set(name, { url, key }));
  await io.stdout.write(`Logged in to ${url} with the key ${maskKey(key)} (profile ${name}).\n`);
  if (sendsInTheClear(url)) {
    await io.stderr.write('Note: this address is not https, so the key can be read on the way.\n');
  }
}

async function askUrl(io: Io, known = DEFAULT_URL): Promise<string> {
  if (!io.stdin.isTerminal) return known;
  return (await io.ask(`Address of the service [${known}]: `, { hidden: false })) || known;
}

async function askKey(io: Io): Promise<string> {
  if (io.stdin.isTerminal) return await io.ask('API key (not shown): ', { hidden: true });
  const text = await readInput(io, 'the key', { until: /\S\s*\n/ });
  return text.trim().split(/\s/)[0] ?? '';
}

function sendsInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(127\.|localhost$|\[::1\]$)/.test(hostname);
}
