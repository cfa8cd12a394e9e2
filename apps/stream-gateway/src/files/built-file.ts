import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Request, Response } from 'express';
import { Problem } from '#libs/contracts';

/** A file that the build has made, ready to be sent: read and compressed once. */
export interface BuiltFile {
  readonly body: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
  readonly etag: string;
}

/**
 * Reads a file below `dist/`.
 *
 * @returns undefined when there is none, as in a tree that was not built
 */
export async function readBuiltFile(path: string): Promise<BuiltFile | undefined> {
  try {
    const body = await readFile(join(packageRoot(), 'dist', path));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return { body, gzip: gzipSync(body, { level: 9 }), brotli: brotliCompressSync(body), etag };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Answers with a file, compressed as the client likes it, or 304 when it has it already. Other headers are the
 * caller's, before this.
 *
 * @throws Problem `not-found` when there is no file
 */
export function sendBuiltFile(request: Request, response: Response, file: BuiltFile | undefined): void {
  if (file === undefined) throw new Problem('not-found', 'This file was not built.');
  response
    .setHeader('ETag', file.etag)
    .setHeader('X-Content-Type-Options', 'nosniff')
    .vary('Accept-Encoding');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const encoding = request.acceptsEncodings('br', 'gzip', 'identity');
  if (encoding === 'br' || encoding === 'gzip') response.setHeader('Content-Encoding', encoding);
  response.end(encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.body);
}

/** Where package.json is, above the source as above what is compiled from it. */
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
