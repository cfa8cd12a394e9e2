import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the generated first admin key is kept, readable by its owner only. */
export function adminKeyPath(dataDir: string): string {
  return join(dataDir, 'admin-key');
}

/** Keeps the key for the command line. Written whole or not at all. */
export async function keepAdminKey(dataDir: string, key: string): Promise<void> {
  const path = adminKeyPath(dataDir);
  await writeFile(`${path}.new`, `${key}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
