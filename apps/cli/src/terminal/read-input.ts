import type { Io } from '../io.js';
import { noticeLater } from './notice-later.js';

/**
 * The text on standard input, to its end or to where a pattern matches. Says that it is waited for when nothing
 * comes.
 *
 * @param what it is, for that message
 */
export async function readInput(
  io: Io,
  what: string,
  { until }: { readonly until?: RegExp } = {},
): Promise<string> {
  const from = io.stdin.isTerminal ? 'the terminal; Ctrl-D ends it' : 'standard input';
  const arrived = noticeLater(io, `Reading ${what} from ${from} …`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of io.stdin.chunks) {
    arrived();
    text += decoder.decode(chunk, { stream: true });
    if (until?.test(text)) break;
  }
  arrived();
  return text;
}
