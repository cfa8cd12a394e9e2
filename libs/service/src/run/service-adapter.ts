import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { answerClientErrors } from '../problems/client-error.js';
import { failureOfStatus } from '../problems/failure.js';
import { sendFailure } from '../problems/send-failure.js';
import { type RoutedApp, unmatched } from '../problems/unmatched.js';
import { DirectRoutes } from './direct-routes.js';
import { type ExpressPrototypes, expressKinds } from './express-kinds.js';
import type { HttpLimits } from './http-limits.js';

type Handler = Parameters<ExpressAdapter['get']>[1];

/** Nest's Express adapter with explicit limits, and with problem documents where Node and Nest answer otherwise. */
export class ServiceAdapter extends ExpressAdapter {
  private readonly kinds = expressKinds(this.getInstance<ExpressPrototypes>());

  constructor(
    private readonly limits: HttpLimits,
    private readonly direct = new DirectRoutes([]),
  ) {
    super();
    this.disable('x-powered-by');
    // Answers depend on the credential and change with each event: hashing them all for a 304 gains nothing.
    this.disable('etag');
  }

  override initHttpServer(): void {
    this.httpServer = this.createServer(this.direct.listener(this.getInstance<RequestListener>()));
  }

  override listen(port: string | number, callback?: () => void): Server;
  override listen(port: string | number, hostname: string, callback?: () => void): Server;
  override listen(port: string | number, host?: string | (() => void), callback?: () => void): Server {
    if (typeof host === 'function') return this.listen(port, '', host);
    const { backlog } = this.limits;
    return this.httpServer.listen({ port: Number(port), ...(host && { host }), backlog }, callback);
  }

  override get(handler: Handler): unknown;
  override get(path: unknown, handler: Handler): unknown;
  override get(...route: [Handler] | [unknown, Handler]): unknown {
    if (route.length === 1) return super.get(...route);
    this.direct.note('GET', ...route);
    return super.get(...route);
  }

  override post(handler: Handler): unknown;
  override post(path: unknown, handler: Handler): unknown;
  override post(...route: [Handler] | [unknown, Handler]): unknown {
    if (route.length === 1) return super.post(...route);
    this.direct.note('POST', ...route);
    return super.post(...route);
  }

  /** A server with the limits of this service. */
  createServer(listener: RequestListener): Server {
    const { limits } = this;
    const server = createServer(
      {
        ...this.kinds,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        connectionsCheckingInterval: limits.checkIntervalMs,
        maxHeaderSize: limits.maxHeaderBytes,
        // Whatever the environment says: what proxies and Node read differently is refused.
        insecureHTTPParser: false,
        keepAlive: true,
        keepAliveInitialDelay: limits.tcpKeepAliveMs,
        // Checked by the middleware wellFormed, which answers with a problem document.
        requireHostHeader: false,
      },
      listener,
    );
    // Node would leave out those above a number without a word; their size is bounded already.
    server.maxHeadersCount = 0;
    answerClientErrors(server);
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      sendFailure(request, response, failureOfStatus(417, 'Only the expectation 100-continue is supported.'));
    });
    return server;
  }

  /**
   * As Express answers a POST with JSON, without looking for what ours never have: ETags, settings of how to write JSON,
   * a fresh copy at the client. That is a twentieth of publishing one event.
   */
  override reply(response: ServerResponse, body: unknown, statusCode?: number): unknown {
    if (response.req.method !== 'POST' || !isPlainObject(body) || response.hasHeader('Content-Type')) {
      return super.reply(response, body, statusCode);
    }
    if (statusCode !== undefined) response.statusCode = statusCode;
    const text = JSON.stringify(body);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    return response.end(text);
  }

  /** In place of Nest's, which answers 404 also where another method would have been right. */
  override setNotFoundHandler(): void {
    this.use(unmatched(this.getInstance<RoutedApp>()));
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
