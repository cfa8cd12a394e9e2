const HIDDEN = '[hidden]';

/**
 * What gives a caller its rights, wherever it turns up in text. The repetitions are bounded where the text
 * before them could match again and again: a hostile URL must not make a log line cost quadratic time.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // The key id names the key in the API and helps whoever reads the log; the rest is the secret.
  [/(rnl_[0-9A-Za-z]+_)[0-9A-Za-z]+/g, `$1${HIDDEN}`],
  [/(ticket(?:=|%3[Dd]))[^&#\s"'\\;,]+/g, `$1${HIDDEN}`],
  // Whoever knows a webhook's address may send to it.
  [/(\/hooks\/)[\w%.~-]+/gi, `$1${HIDDEN}`],
  [/eyJ[\w-]{5,256}\.[\w-]{5,8192}\.[\w-]{5,2048}/g, HIDDEN],
  [/(\b(?:Bearer|Basic) )[\w.~+/=-]+/gi, `$1${HIDDEN}`],
  [/(:\/\/[^\s/:@"\\]{0,256}:)[^\s/@"\\]{1,256}@/g, `$1${HIDDEN}@`],
];

/**
 * The text without API keys, tickets, tokens and the passwords of URLs. Also right for serialised JSON: what it
 * takes out never contains a quote or a backslash.
 */
export function scrub(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
