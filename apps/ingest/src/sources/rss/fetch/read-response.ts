import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { SourceFailure } from '../../reports/source-failure.js';

const MIB = 1024 * 1024;
/** Of a feed, after inflating. */
const MAX_BYTES = 5 * MIB;
/** Longer ones are not sent back: a server should not make us carry its state around. */
const MAX_VALIDATOR_LENGTH = 512;

/** The body of a response with what is needed to understand it, and to ask whether it has changed. */
export async function readResponse(response: IncomingMessage) {
  const { headers } = response;
  return {
    bytes: await readBytes(response),
    contentType: headers['content-type'],
    etag: validator(headers.etag),
    lastModified: validator(headers['last-modified']),
  };
}

/** Counted as they come out of the inflater, and never more kept than the limit. */
async function readBytes(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop by an error destroys what it reads from.
  for await (const chunk of inflated(response) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new SourceFailure(`The feed is larger than ${MAX_BYTES / MIB} MiB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function inflated(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const inflater = INFLATERS[encoding];
  if (inflater === undefined) {
    if (encoding === '' || encoding === 'identity') return response;
    response.destroy();
    throw new SourceFailure(`The feed came in an encoding that is not known (${encoding.slice(0, 32)}).`);
  }
  const stream = inflater();
  response.on('error', (error) => stream.destroy(error));
  stream.on('close', () => response.destroy());
  return response.pipe(stream);
}

const INFLATERS: Readonly<Record<string, () => Readable & NodeJS.WritableStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

function validator(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= MAX_VALIDATOR_LENGTH ? header : undefined;
}
