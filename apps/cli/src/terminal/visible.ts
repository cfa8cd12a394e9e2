/**
 * Text from elsewhere, safe for a terminal: control characters, which could move the cursor or forge lines, are
 * written as escapes.
 */
export function visible(text: string): string {
  return text.replace(/\p{Cc}|[\u2028\u2029]/gu, unicodeEscape);
}

/** `\u009b` for the character with that code. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
