import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Io } from './io.js';
import { outputTo } from './output-to.js';

/** The world of a real process. */
export function processIo(): Io {
  const stderr = outputTo(process.stderr);
  return {
    env: process.env,
    stdin: { isTerminal: process.stdin.isTTY === true, chunks: process.stdin },
    stdout: outputTo(process.stdout),
    // Where nothing can be said, nobody can be told so.
    stderr: { ...stderr, write: (text) => stderr.write(text).catch(() => {}) },
    fetch,
    ask,
    interrupted,
  };
}

async function ask(question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: hidden ? unseen : process.stderr,
    terminal: true,
  });
  if (hidden) process.stderr.write(question);
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return (await lines.question(hidden ? '' : question)).trim();
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}

/** Once is asked politely: a second Ctrl-C ends the process as if nobody had listened. */
function interrupted(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
