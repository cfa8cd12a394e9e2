/** A key as it may be shown: its id without its secret, or nothing of it where it has no such form. */
export function maskKey(key: string): string {
  const id = /^(rnl_[0-9A-Za-z]+_)/.exec(key)?.[1] ?? '';
  return `${id}…`;
}
