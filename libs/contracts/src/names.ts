import { MAX_NAME_LENGTH } from './limits.js';

const NAME = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/** Whether the text is a slug: lower-case letters, digits, `-` and `_`, beginning and ending with a letter or digit. */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/**
 * The slug of what a person typed: `My GitHub hook` becomes `my-github-hook`.
 *
 * @returns undefined when no letter or digit is left, or when the text holds control characters, which are
 *   refused and never stripped
 */
export function toName(text: string): string | undefined {
  if (hasControlCharacter(text)) return undefined;
  const slug = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/[-_]+$/, '');
  return slug === '' ? undefined : slug;
}

/** The n-th name to try when one is taken: `http`, `http-1`, `http-2` … cut so that the number fits. */
export function numberedName(name: string, n: number): string {
  if (n === 0) return name;
  const suffix = `-${n}`;
  return name.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
}

/** Whether the text holds a C0 or C1 control character, DEL included (Unicode category Cc). */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
