import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '#libs/testing';

/** A span as it came, with the name of the service that sent it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'service' | 'failed' | 'attributes'> & {
        readonly attributes: readonly OtlpAttribute[];
        readonly status: { readonly code?: number };
      })[];
    }[];
  }[];
}

/** Takes spans as an OpenTelemetry collector does: OTLP in JSON over HTTP. Whoever opens it closes it. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** Headers of the newest request. */
  headers: IncomingMessage['headers'] = {};
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async open(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of a trace, once there are so many. */
  async trace(traceId: string, count: number): Promise<CollectedSpan[]> {
    const found = () => this.spans.filter((span) => span.traceId === traceId);
    await eventually(`${count} spans of ${traceId}`, () => found().length >= count, 20_000);
    return found();
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const known = request.url === '/v1/traces' && request.headers['content-type'] === 'application/json';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    if (!known) return;
    this.headers = request.headers;
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(attributesOf(resource.attributes)['service.name']);
      for (const { attributes, status, ...span } of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...span,
          service,
          failed: status.code === 2,
          attributes: attributesOf(attributes),
        });
      }
    }
  }
}

function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)] as const),
  );
}
