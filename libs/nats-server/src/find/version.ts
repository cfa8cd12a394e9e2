/** The oldest version that has everything Runnel asks of JetStream: atomic batch publishing came with it. */
export const MINIMUM_VERSION = '2.12.0';

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?$/;

/** Reads what `nats-server --version` prints. @returns `2.15.1`, or undefined for other programs' output */
export function versionIn(output: string): string | undefined {
  return /nats-server: v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(output)?.[1];
}

/**
 * Orders versions: negative when `a` is older than `b`. A release candidate is older than its release; two
 * candidates of one release count as equal, since nothing here has to choose between them.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  return Number(left[4] === undefined) - Number(right[4] === undefined);
}

/** Whether the version is {@link MINIMUM_VERSION} or newer. */
export function isNewEnough(version: string): boolean {
  return compareVersions(version, MINIMUM_VERSION) >= 0;
}
