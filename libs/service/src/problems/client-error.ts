import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Failure, failureOfStatus } from './failure.js';
import { problemDocument, problemHeaders } from './send-failure.js';

/** Faults that Node finds before there is a request object, by its error code. Anything else is malformed HTTP. */
const FAULTS: Record<string, readonly [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** Answers what is not HTTP, too large or too slow with a problem document as well, and closes the connection. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    const [status, detail] = FAULTS[error.code ?? ''] ?? [400, 'This is not a valid HTTP request.'];
    if (error.code === 'ECONNRESET' || !canAnswer(socket)) socket.destroy();
    else socket.end(rawResponse(failureOfStatus(status, detail)), () => socket.destroy());
  });
}

/**
 * Whether bytes of ours would be read as a response rather than as a part of one that is being sent. Node keeps
 * the response of a socket in this field and its own handler of this event asks it too; there is no public way.
 */
function canAnswer(socket: Socket): boolean {
  const inFlight = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage;
  return socket.writable && inFlight?.headersSent !== true;
}

function rawResponse(failure: Failure): string {
  // No request was read, so there is no request id to name.
  const body = problemDocument(failure);
  const headers = {
    ...problemHeaders(failure),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n${lines.join('')}\r\n${body}`;
}
