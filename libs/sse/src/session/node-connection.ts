import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { SseError } from '../errors.js';
import { type Outlet, outletOf } from '../outlet.js';
import type { ClosedBy, Connection } from './connection.js';
import { type Head, type HeadOptions, headOf } from './response-head.js';

type RawRequest = IncomingMessage | Http2ServerRequest;
type RawResponse = ServerResponse | Http2ServerResponse;

/** A request of node:http or node:http2 (so of Express, Koa and Nest as well), or Fastify's around it. */
export type NodeRequest = RawRequest | { readonly raw: RawRequest };

/** The response that belongs to it; from Fastify the reply or its `raw`. */
export type NodeResponse = RawResponse | FastifyReplyLike;

/** As much of Fastify's reply as is needed to take the response over from it. */
export interface FastifyReplyLike {
  readonly raw: RawResponse;
  /** Tells Fastify that the response is no longer its own. */
  hijack?(): unknown;
  /** Headers that plugins have set; Fastify keeps them to itself until it sends. */
  getHeaders?(): object;
}

/** Headers that are about a connection, which HTTP/2 has no place for (RFC 9113, section 8.2.2). */
const HTTP1_ONLY = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** A connection of node:http or of node:http2's compatibility API. */
export class NodeConnection implements Connection {
  private readonly request: RawRequest;
  private readonly response: RawResponse;
  private readonly reply: FastifyReplyLike | undefined;
  private readonly head: Head;

  /** @throws SseError `bad-response` when no stream can begin with these */
  constructor(
    request: NodeRequest,
    response: NodeResponse,
    private readonly options: HeadOptions,
  ) {
    this.request = isRequest(request) ? request : request?.raw;
    this.reply = isResponse(response) ? undefined : response;
    this.response = isResponse(response) ? response : response?.raw;
    if (!isRequest(this.request) || !isResponse(this.response)) {
      throw new SseError(
        'bad-response',
        'Give a request and response of node:http, node:http2 or Fastify; for the Fetch API there is createResponse.',
      );
    }
    if (this.response.headersSent && !isGone(this.response)) {
      throw new SseError('bad-response', 'The response has been sent, at least its head.');
    }
    this.head = headOf(options, this.response.getHeaders(), this.reply?.getHeaders?.() ?? {});
  }

  get url(): string {
    return this.request.url ?? '/';
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  open(): Outlet | ClosedBy {
    const { request, response } = this;
    if (response.writableEnded || response.headersSent) return 'ended';
    if (isGone(response)) return 'client';
    this.reply?.hijack?.();
    for (const [name, value] of this.head) {
      if (request.httpVersionMajor > 1 && HTTP1_ONLY.has(name)) continue;
      if (value === undefined) response.removeHeader(name);
      else response.setHeader(name, value);
    }
    const statusCode = this.options.statusCode ?? response.statusCode;
    response.writeHead(statusCode);
    if (statusCode !== 200 || request.method === 'HEAD') {
      response.end();
      return 'ended';
    }
    // HTTP/2's response has it too; its types do not say so.
    (response as ServerResponse).flushHeaders();
    return outletOf(request, response);
  }

  onClose(listener: (by: ClosedBy) => void): () => void {
    const { response } = this;
    const onClose = () => listener(response.writableEnded ? 'ended' : 'client');
    response.once('close', onClose);
    return () => response.off('close', onClose);
  }
}

function isRequest(given: NodeRequest | undefined): given is RawRequest {
  return given !== undefined && 'httpVersionMajor' in given;
}

function isResponse(given: NodeResponse | undefined): given is RawResponse {
  return given !== undefined && 'writeHead' in given;
}

/** Whether the connection is gone; HTTP/2's response does not say so itself. */
function isGone(response: RawResponse): boolean {
  const carrier: { destroyed?: boolean } = 'stream' in response ? response.stream : response;
  return carrier?.destroyed === true;
}
