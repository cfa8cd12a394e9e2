/** The text without white space around it; undefined when nothing is left. */
export function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** The date in ISO 8601; undefined when it cannot be understood. */
export function isoDate(value: string | undefined): string | undefined {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** The absolute form of an address; undefined for what is none, or none of the web. */
export function link(value: string | undefined, base: string): string | undefined {
  const trimmed = text(value);
  if (trimmed === undefined || !URL.canParse(trimmed, base)) return undefined;
  const url = new URL(trimmed, base);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
}

/** The values that are there, each once; undefined when none is. */
export function list(values: readonly (string | undefined)[] | undefined): readonly string[] | undefined {
  const found = new Set(values?.map(text).filter((value) => value !== undefined));
  return found.size === 0 ? undefined : [...found];
}
