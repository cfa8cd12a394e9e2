/**
 * An object of pairs; a name that comes more than once has an array of its values.
 *
 * Built without assignments, so that a name such as `__proto__` becomes a field like any other.
 */
export function grouped(pairs: Iterable<readonly [string, string]>): Record<string, string | string[]> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const known = values.get(name);
    if (known === undefined) values.set(name, value);
    else if (Array.isArray(known)) known.push(value);
    else values.set(name, [known, value]);
  }
  return Object.fromEntries(values);
}
