import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { AtomFeed, RdfFeed, RssFeed } from 'feedsmith';
import { SourceFailure } from '../../reports/source-failure.js';
import { Turns } from '../../turns.js';

/** Milliseconds for the parsing; a feed of 5 MiB takes about one second. */
const TIMEOUT_MS = 5_000;
/** Threads at a time, whatever number of feeds has changed. */
const THREADS = 2;
const MAX_WAITING = 10_000;
/** Heap of the thread: enough for a feed of 5 MiB several times over. */
const HEAP_MIB = 256;

/** A feed as the parser understands it, in the words of its format. Dates are as they were written. */
export type ParsedFeed =
  | { readonly format: 'rss'; readonly feed: RssFeed.Feed<string> }
  | { readonly format: 'atom'; readonly feed: AtomFeed.Feed<string> }
  | { readonly format: 'rdf'; readonly feed: RdfFeed.Feed<string> };

/**
 * What the thread runs, as text, since it has to work from the source and from the build alike. Only the formats of
 * the contract are tried; the parser leaves entities that a document declares as they are.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { parseRssFeed, parseAtomFeed, parseRdfFeed, detectRssFeed, detectAtomFeed, detectRdfFeed } = require(workerData.parser);
const formats = [
  ['rss', detectRssFeed, parseRssFeed],
  ['atom', detectAtomFeed, parseAtomFeed],
  ['rdf', detectRdfFeed, parseRdfFeed],
];
const found = formats.find(([, detect]) => detect(workerData.text));
parentPort.postMessage(found && { format: found[0], feed: found[2](workerData.text) });
`;

/**
 * Parses a feed in a thread of its own: what a feed's server sends may be made to keep a parser busy for seconds or
 * to fill the memory, and neither may stand in the way of anything else.
 *
 * @throws SourceFailure for what is no feed, or cannot be parsed within the limits; Problem `unavailable`
 */
export function parseFeed(text: string): Promise<ParsedFeed> {
  nextThread = (nextThread + 1) % THREADS;
  return turns.take(String(nextThread), () => parseInThread(text));
}

const turns = new Turns(MAX_WAITING);
let nextThread = 0;

async function parseInThread(text: string): Promise<ParsedFeed> {
  const thread = new Worker(THREAD, {
    eval: true,
    workerData: { text, parser: createRequire(import.meta.url).resolve('feedsmith') },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    env: {},
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const parsed = await new Promise<ParsedFeed | undefined>((resolve, reject) => {
      timer = setTimeout(() => reject(new SourceFailure('The feed takes too long to parse.')), TIMEOUT_MS);
      thread.once('message', resolve).once('error', () => reject(notWellFormed()));
    });
    if (parsed === undefined) throw notAFeed();
    return parsed;
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

function notAFeed(): SourceFailure {
  return new SourceFailure('What is at the address is no feed in RSS 2.0, RSS 1.0 or Atom.');
}

function notWellFormed(): SourceFailure {
  return new SourceFailure('The feed cannot be parsed: it is not well-formed, or incomplete.');
}
