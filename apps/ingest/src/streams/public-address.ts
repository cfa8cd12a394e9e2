import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { StreamEntry } from '#libs/catalogue';
import { type CommonSettings, SETTINGS } from '#libs/service';

/** Where each kind of stream is subscribed to. */
const SSE_PATH = { source: '/sources', workflow: '/pipelines' } as const;

/** The addresses that users are shown. */
@Injectable()
export class PublicAddress {
  constructor(@Inject(SETTINGS) private readonly settings: Pick<CommonSettings, 'publicUrl'>) {}

  /**
   * The address under which this service is reached, without trailing slash: the configured one, or else the one
   * that this request was sent to. Behind a proxy the latter is right when the proxy is among the trusted ones.
   */
  baseFor(request: Pick<Request, 'protocol' | 'host' | 'socket'>): string {
    if (this.settings.publicUrl !== undefined) return this.settings.publicUrl;
    const { localAddress = '127.0.0.1', localPort } = request.socket;
    // HTTP/1.0 may come without Host.
    const host =
      request.host ?? `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
    return `${request.protocol}://${host}`;
  }
}

/** @param base as {@link PublicAddress} has it */
export function sseUrl(base: string, { kind, id }: Pick<StreamEntry, 'kind' | 'id'>): string {
  return `${base}${SSE_PATH[kind]}/${id}/sse`;
}
