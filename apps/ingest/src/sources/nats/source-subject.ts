const MAX_SUBJECT_LENGTH = 256;

/** First tokens of the subjects on which Runnel itself lives: events, their republished and published forms, who listens, calls, news. */
const OWN = new Set(['events', 'live', 'publish', 'presence', 'runnel', 'auth']);

/**
 * What is wrong with a subject that a source wants to listen to, or undefined.
 *
 * Wildcards are welcome behind a first token that is spelled out. One that is not would take in Runnel's own
 * subjects, those of the server (`$JS`, `$KV`, `$SYS`) and everybody's replies (`_INBOX`).
 */
export function subjectFault(subject: string): string | undefined {
  if (subject.length > MAX_SUBJECT_LENGTH) return `must have at most ${MAX_SUBJECT_LENGTH} characters`;
  if (/[\s\p{Cc}]/u.test(subject)) return 'must not contain white space or control characters';
  const tokens = subject.split('.');
  if (tokens.includes('')) return 'must not have an empty token, as between two dots';
  if (tokens.slice(0, -1).includes('>')) return 'must have > at its end only';
  if (tokens.some((token) => token.length > 1 && /[*>]/.test(token))) {
    return 'must have * and > as whole tokens, as in orders.*.paid';
  }
  const [first = ''] = tokens;
  if (first === '*' || first === '>')
    return "must not begin with a wildcard, which would take in Runnel's own subjects";
  if (/^[$_]/.test(first)) return 'must not be a subject of the NATS server, which begin with $ or _';
  if (OWN.has(first)) return `must not begin with "${first}.", which is Runnel's own`;
  return undefined;
}
