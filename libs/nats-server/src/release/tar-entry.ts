import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const BLOCK = 512;

/** Four times today's binary; a gzip bomb stops here. */
const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;

/**
 * One regular file out of a .tar.gz. Its own few lines instead of the system's tar, because small container
 * images have neither tar nor gzip, and because nothing but the wanted bytes can then reach the disk.
 *
 * Reads names of up to 256 bytes (POSIX ustar), which is what the releases have.
 *
 * @param path of the entry, exactly
 * @throws Error when the archive is damaged or has no such file
 */
export async function tarEntry(archive: Uint8Array, path: string): Promise<Uint8Array> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  let offset = 0;
  // Two zero blocks end an archive; one is enough to know.
  while (offset + BLOCK <= tar.length && tar[offset] !== 0) {
    const header = tar.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(text(header, 124, 12), 8);
    if (!Number.isSafeInteger(size)) throw new Error('the archive is damaged');
    const start = offset + BLOCK;
    if (nameOf(header) === path && isRegularFile(header)) {
      if (start + size > tar.length) throw new Error('the archive is cut off');
      return tar.subarray(start, start + size);
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new Error(`the archive holds no ${path}`);
}

function nameOf(header: Buffer): string {
  const isUstar = text(header, 257, 5) === 'ustar';
  const prefix = isUstar ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Type `0`, or NUL in archives older than POSIX. */
function isRegularFile(header: Buffer): boolean {
  return header[156] === 0x30 || header[156] === 0;
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.toString('latin1', start, start + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
