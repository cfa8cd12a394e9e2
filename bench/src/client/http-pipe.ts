import { connect, type Socket } from 'node:net';
import { parseHead, type ResponseHead } from './response-head.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds without a request after which another connection is opened: servers close idle ones, some after 5 s. */
const IDLE_MS = 2_000;

/**
 * Sends requests over one HTTP/1.1 connection without waiting for the answers before: the cheapest publisher.
 * Understands answers with a length, or without a body.
 */
export class HttpPipe {
  private line: Line | undefined;
  private usedAt = 0;

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** Sends one request. @throws Error when the connection ends before the answer */
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> {
    const now = performance.now();
    if (this.line === undefined || (this.line.idle && now - this.usedAt > IDLE_MS)) this.renew();
    this.usedAt = now;
    const lines = Object.entries({
      host: `${this.host}:${this.port}`,
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return (this.line as Line).send(`POST ${path} HTTP/1.1\r\n${head}\r\n${body}`);
  }

  close(): void {
    this.line?.close();
  }

  private renew(): void {
    this.line?.close();
    this.line = new Line(connect({ host: this.host, port: this.port, noDelay: true }));
  }
}

/** One connection. */
class Line {
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The server closed a publisher’s connection.')));
  }

  get idle(): boolean {
    return this.waiting.length === 0;
  }

  send(request: string): Promise<HttpAnswer> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    try {
      while (this.takeAnswer());
    } catch (error) {
      this.fail(error as Error);
      this.socket.destroy();
    }
  }

  private takeAnswer(): boolean {
    const head = parseHead(this.bytes);
    if (head === undefined) return false;
    const end = head.length + bodyLength(head);
    if (this.bytes.length < end) return false;
    const body = this.bytes.toString('utf8', head.length, end);
    this.bytes = this.bytes.subarray(end);
    this.waiting.shift()?.resolve({ status: head.status, body });
    return true;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

function bodyLength({ status, headers }: ResponseHead): number {
  if (status === 204) return 0;
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (Number.isInteger(length)) return length;
  throw new Error(`An answer with status ${status} to a publisher has no length.`);
}
