/** Each `/` begins a token, in which `~` stands only before 0 or 1 (RFC 6901, section 3). */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;
const ARRAY_INDEX = /^(?:0|[1-9][0-9]*)$/;

/** Whether the text is a JSON pointer. The empty one is: it means the whole value. */
export function isJsonPointer(text: string): boolean {
  return POINTER.test(text);
}

/** What a JSON pointer leads to in a JSON value, or undefined when it leads nowhere. */
export function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const token of pointer.split('/').slice(1)) {
    // In this order, or `~01` would become `/` (RFC 6901, section 4).
    found = child(found, token.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (found === undefined) return undefined;
  }
  return found;
}

/** Own fields only: `/constructor` must not lead out of the value. */
function child(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return ARRAY_INDEX.test(name) ? value[Number(name)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
