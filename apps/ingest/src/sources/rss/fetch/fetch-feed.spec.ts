import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { feedAddressFault } from './feed-address.js';
import { type FeedRequest, fetchFeed } from './fetch-feed.js';
import { guardedLookup } from './guarded-lookup.js';
import { isPublicAddress } from './public-address.js';

const MIB = 1024 * 1024;

let server: Server | undefined;
/** What was asked for, in order. */
let asked: IncomingMessage[] = [];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  asked = [];
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Serves each path its own answer. @returns the address of the server */
async function serve(answers: Record<string, Answer>): Promise<string> {
  server = createServer((request, response) => {
    asked.push(request);
    (answers[request.url ?? ''] ?? ((missing) => missing.writeHead(404).end()))(response, request);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fetching = (url: string, more: Partial<FeedRequest> = {}) =>
  fetchFeed({
    url,
    isAllowed: (address) => address === '127.0.0.1',
    signal: new AbortController().signal,
    ...more,
  });

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'source-failure', message: expect.stringMatching(message) });

const redirect =
  (status: number, location: string): Answer =>
  (response) =>
    response.writeHead(status, { Location: location }).end();

describe('fetchFeed', () => {
  it('answers the bytes and what the server says of them', async () => {
    const base = await serve({
      '/feed': (response) =>
        response
          .writeHead(200, {
            ETag: '"1"',
            'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
            'Content-Type': 'text/xml',
          })
          .end('<rss/>'),
    });
    expect(await fetching(`${base}/feed`)).toEqual({
      status: 'fetched',
      url: `${base}/feed`,
      bytes: Buffer.from('<rss/>'),
      contentType: 'text/xml',
      etag: '"1"',
      lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
    });
    expect(asked[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('asks whether the known version has changed', async () => {
    const base = await serve({ '/feed': (response) => response.writeHead(304).end() });
    const known = { etag: '"1"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' };
    expect(await fetching(`${base}/feed`, known)).toEqual({ status: 'not-modified' });
    expect(asked[0]?.headers).toMatchObject({
      'if-none-match': known.etag,
      'if-modified-since': known.lastModified,
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('inflates %s', async (encoding, deflate) => {
    const base = await serve({
      '/feed': (response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(deflate('<rss/>')),
    });
    expect(await fetching(`${base}/feed`)).toMatchObject({ bytes: Buffer.from('<rss/>') });
  });

  it('takes 5 MiB and no byte more, as it comes and inflated', async () => {
    const base = await serve({
      '/full': (response) => response.end(Buffer.alloc(5 * MIB)),
      '/more': (response) => response.end(Buffer.alloc(5 * MIB + 1)),
      '/bomb': (response) =>
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * MIB))),
      '/endless': (response) => {
        const write = () => {
          while (response.write(Buffer.alloc(64 * 1024)));
        };
        response.on('drain', write);
        write();
      },
    });
    expect(await fetching(`${base}/full`)).toMatchObject({ status: 'fetched' });
    for (const path of ['/more', '/bomb', '/endless']) {
      await expect(fetching(base + path)).rejects.toEqual(refused(/larger than 5 MiB/));
    }
  });

  it.each([301, 302, 303, 307, 308])('follows a redirect with %i, also a relative one', async (status) => {
    const base = await serve({
      '/old': redirect(status, '/new?a=1'),
      '/new?a=1': (response) => response.end('<rss/>'),
    });
    expect(await fetching(`${base}/old`)).toMatchObject({
      url: `${base}/new?a=1`,
      bytes: Buffer.from('<rss/>'),
    });
  });

  it('looks at each address on the way as if it had been given first', async () => {
    const base = await serve({
      '/private': (response, { socket }) =>
        redirect(302, `http://127.0.0.2:${socket.localPort}/x`)(response, asked[0] as IncomingMessage),
      '/local': redirect(302, 'http://localhost./x'),
      '/metadata': redirect(302, 'http://169.254.169.254/latest/meta-data/'),
      '/number': redirect(302, 'http://2130706434/'),
      '/ipv6': redirect(302, 'http://[::1]/x'),
      '/file': redirect(302, 'file:///etc/passwd'),
      '/login': redirect(302, 'http://user:secret@127.0.0.1/x'),
      '/nowhere': redirect(302, 'http://'),
    });
    for (const path of ['/private', '/metadata', '/number', '/ipv6']) {
      await expect(fetching(base + path)).rejects.toEqual(refused(/public internet/));
    }
    await expect(fetching(`${base}/local`, { isAllowed: isPublicAddress })).rejects.toEqual(
      refused(/public/),
    );
    await expect(fetching(`${base}/file`)).rejects.toEqual(refused(/https?:\/\//));
    await expect(fetching(`${base}/login`)).rejects.toEqual(refused(/user or password/));
    await expect(fetching(`${base}/nowhere`)).rejects.toEqual(refused(/no address/));
  });

  it('does not follow for ever', async () => {
    const base = await serve({ '/round': redirect(302, '/round') });
    await expect(fetching(`${base}/round`)).rejects.toEqual(refused(/more than 5 times/));
    expect(asked).toHaveLength(6);
  });

  it.each([204, 400, 401, 404, 410, 429, 500])('says that the server answered %i', async (status) => {
    const base = await serve({ '/feed': (response) => response.writeHead(status).end() });
    await expect(fetching(`${base}/feed`)).rejects.toEqual(refused(new RegExp(`answered ${status}`)));
  });

  it('says what went wrong on the way, without naming addresses', async () => {
    const base = await serve({
      '/broken': (response) => {
        response.writeHead(200, { 'Content-Length': '100' }).write('half');
        response.destroy();
      },
      '/garbage': (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip'),
      '/zstd': (response) => response.writeHead(200, { 'Content-Encoding': 'zstd' }).end('x'),
    });
    await expect(fetching(`${base}/broken`)).rejects.toEqual(refused(/broke the connection off/));
    await expect(fetching(`${base}/garbage`)).rejects.toEqual(refused(/could not be fetched/));
    await expect(fetching(`${base}/zstd`)).rejects.toEqual(refused(/encoding/));
    server?.close();
    server?.closeAllConnections();
    await expect(fetching(`${base}/gone`)).rejects.toEqual(refused(/refused the connection/));
  });

  it('ends at once when it is told to', async () => {
    const base = await serve({ '/slow': () => {} });
    const stop = new AbortController();
    const fetched = fetching(`${base}/slow`, { signal: stop.signal });
    stop.abort();
    await expect(fetched).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('guardedLookup', () => {
  const found = (all: boolean, isAllowed = isPublicAddress) =>
    new Promise((resolve) => {
      guardedLookup(isAllowed)('localhost', { all }, (error, addresses, family) =>
        resolve({ error, addresses, family }),
      );
    });

  it.each([true, false])(
    'finds nothing for a name that leads to forbidden addresses only (all: %s)',
    async (all) => {
      expect(await found(all)).toMatchObject({ error: refused(/public internet/) });
    },
  );

  it('finds those that are allowed, in the form that is asked for', async () => {
    const ipv4 = (address: string) => address === '127.0.0.1';
    expect(await found(true, ipv4)).toMatchObject({
      error: null,
      addresses: [{ address: '127.0.0.1', family: 4 }],
    });
    expect(await found(false, ipv4)).toMatchObject({ error: null, addresses: '127.0.0.1', family: 4 });
  });
});

describe('feedAddressFault', () => {
  it.each([
    'https://example.com/feed.xml',
    'http://example.com:8080/?feed=rss2',
    'https://8.8.8.8/',
    'http://[2606:4700::1111]/',
  ])('takes %s', (url) => expect(feedAddressFault(url, isPublicAddress)).toBeUndefined());

  it.each([
    'example.com/feed',
    '/feed',
    '',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/xml,<rss/>',
    'https://user@example.com/',
    'https://:pass@example.com/',
    `https://example.com/${'x'.repeat(2_048)}`,
    'http://localhost/',
    'http://feeds.localhost:3000/',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0/',
  ])('refuses %s', (url) => expect(feedAddressFault(url, isPublicAddress)).toEqual(expect.any(String)));
});
