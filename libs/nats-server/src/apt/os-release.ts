import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What os-release(5) says of a Linux system. */
export interface OsRelease {
  /** `debian`, `ubuntu`, `alpine` … */
  readonly id: string;
  /** `bookworm`, `noble` …; empty where a system names none, as Debian testing does. */
  readonly codename: string;
}

/** @param root of the file system. @returns undefined when the system has no such file */
export async function readOsRelease(root: string): Promise<OsRelease | undefined> {
  const text = await readFile(join(root, 'etc/os-release'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([^"'\\n]*)["']?\\s*$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}
