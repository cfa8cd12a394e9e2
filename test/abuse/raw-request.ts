import { connect } from 'node:net';

/** A request as it is written to the socket: whatever stands in it, in Latin-1. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | string;
}

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Milliseconds within which everything must be answered. */
const ANSWER_MS = 15_000;

/**
 * Sends a request and reads its answer; of an event stream only the head.
 *
 * @throws when there is no answer in time
 */
export function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method, target, headers = [], body = '' } = request;
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: runnel',
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ];
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No answer in ${ANSWER_MS} ms to ${method} ${target.slice(0, 200)}`));
    }, ANSWER_MS);
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      text += data;
      if (/^HTTP\/1\.1 200 [\s\S]*\r\ncontent-type: text\/event-stream[\s\S]*\r\n\r\n/i.test(text))
        socket.destroy();
    });
    // A request that is refused early is answered and then cut while it is still being written.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answerOf(text));
    });
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]));
  });
}

function answerOf(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  return { status: Number(head.split(' ')[1] ?? 0), head, body: end === -1 ? '' : text.slice(end + 4) };
}
