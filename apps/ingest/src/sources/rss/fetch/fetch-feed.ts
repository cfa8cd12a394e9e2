import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SourceFailure } from '../../reports/source-failure.js';
import { type AddressRule, feedAddressFault } from './feed-address.js';
import { guardedLookup } from './guarded-lookup.js';
import { readResponse } from './read-response.js';

const MAX_REDIRECTS = 5;
/** Milliseconds for the whole of it, redirects included. */
const TIMEOUT_MS = 10_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NOT_MODIFIED = 304;

export interface FeedRequest {
  readonly url: string;
  /** What the server said of the version that is known already (RFC 9110, section 13.1). */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly isAllowed: AddressRule;
  readonly signal: AbortSignal;
}

/** A feed as its server sent it. */
export interface FetchedFeed {
  readonly status: 'fetched';
  /** Where it was found in the end. */
  readonly url: string;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export type FeedAnswer = FetchedFeed | { readonly status: 'not-modified' };

/**
 * Asks for a feed, following redirects; every address on the way is looked at as if it had been given first.
 *
 * @throws SourceFailure when there is no feed to be had, saying why
 */
export async function fetchFeed(feed: FeedRequest): Promise<FeedAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([feed.signal, timeout]);
  let { url } = feed;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const fault = feedAddressFault(url, feed.isAllowed);
      if (fault !== undefined) throw new SourceFailure(`The address of the feed ${fault}.`);
      const response = await ask(url, feed, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return { status: 'fetched', url, ...(await readResponse(response)) };
      response.destroy();
      if (statusCode === NOT_MODIFIED) return { status: 'not-modified' };
      if (!REDIRECTS.has(statusCode) || headers.location === undefined) {
        throw new SourceFailure(`The server of the feed answered ${statusCode}.`);
      }
      url = redirected(headers.location, url);
    }
    throw new SourceFailure(`The feed was redirected more than ${MAX_REDIRECTS} times.`);
  } catch (error) {
    if (timeout.aborted) throw new SourceFailure(`The feed did not come within ${TIMEOUT_MS / 1_000} s.`);
    throw asFailure(error);
  }
}

function ask(url: string, feed: FeedRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      // A connection for each request: a kept one would have been looked at for another.
      agent: false,
      signal,
      headers: headersFor(feed),
      lookup: guardedLookup(feed.isAllowed),
    });
    sent.once('response', resolve).once('error', reject).end();
  });
}

function headersFor({ etag, lastModified }: FeedRequest): Record<string, string> {
  return {
    Accept:
      'application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5',
    'Accept-Encoding': 'gzip, deflate, br',
    'User-Agent': 'Runnel (rss source)',
    ...(etag !== undefined && { 'If-None-Match': etag }),
    ...(lastModified !== undefined && { 'If-Modified-Since': lastModified }),
  };
}

function redirected(location: string, from: string): string {
  if (!URL.canParse(location, from)) throw new SourceFailure('The feed was redirected to no address.');
  return new URL(location, from).href;
}

/** What the network reports names addresses, which are nobody's business; the kind of trouble is enough. */
function asFailure(error: unknown): unknown {
  const { code, name } = error as NodeJS.ErrnoException;
  if (error instanceof SourceFailure || name === 'AbortError' || typeof code !== 'string') return error;
  return new SourceFailure(TROUBLE[code] ?? `The feed could not be fetched (${code}).`);
}

const TROUBLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The host of the feed is not known.',
  EAI_AGAIN: 'The host of the feed could not be looked up.',
  ECONNREFUSED: 'The server of the feed refused the connection.',
  ECONNRESET: 'The server of the feed broke the connection off.',
};
