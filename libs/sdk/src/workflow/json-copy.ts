/** A value as JSON has it: what was a Date is text, what was undefined is gone. Nothing else refers to the copy. */
export interface JsonCopy {
  readonly value: unknown;
  /** UTF-8 bytes of its JSON text. */
  readonly bytes: number;
}

export interface JsonCopyOptions {
  /** Throw for functions and symbols within the value. Left out: they are left out, as JSON.stringify does. */
  readonly refuseFunctions?: boolean;
}

/**
 * Copies a value by way of JSON.
 *
 * @param what names the value in errors
 * @returns undefined when the value has no JSON form at all, such as undefined
 * @throws TypeError for BigInts, cycles and what is nested too deeply
 */
export function jsonCopy(value: unknown, what: string, options: JsonCopyOptions = {}): JsonCopy | undefined {
  const text = textOf(value, what, options);
  if (text === undefined) return undefined;
  return { value: JSON.parse(text), bytes: new TextEncoder().encode(text).length };
}

function textOf(value: unknown, what: string, { refuseFunctions }: JsonCopyOptions): string | undefined {
  const check = (key: string, part: unknown) => {
    const type = typeof part;
    if (type === 'bigint') throw new TypeError(`it holds a BigInt${place(key)}`);
    if (refuseFunctions && (type === 'function' || type === 'symbol')) {
      throw new TypeError(`it holds a ${type}${place(key)}`);
    }
    return part;
  };
  try {
    return JSON.stringify(value, check);
  } catch (cause) {
    throw new TypeError(`${what} cannot be written as JSON: ${reasonOf(cause)}.`, { cause });
  }
}

function place(key: string): string {
  return key === '' ? '' : ` at "${key}"`;
}

/** The engine draws the whole circle over several lines, and calls deep nesting a full stack. */
function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deeply';
  const message = cause instanceof Error ? cause.message : String(cause);
  return /circular|cyclic/i.test(message) ? 'it refers to itself' : message.replace(/\.$/, '');
}
