import type { IncomingMessage } from 'node:http';

/** The events of a publish request to a peer: one JSON text a line. */
export async function requestLines(request: IncomingMessage): Promise<unknown[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}
