/** The parts of a Content-Type in lower case; the charset is `utf-8` when none is named. */
export function mediaType(header: string | undefined): { type: string; charset: string } {
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(text)?.[1]);
  return { type: type.trim(), charset: charset.find((value) => value !== undefined) ?? 'utf-8' };
}
