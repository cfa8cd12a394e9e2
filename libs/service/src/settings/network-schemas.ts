import { isIP } from 'node:net';
import { z } from 'zod';
import { commaSeparated } from './text-schemas.js';

/** Names that Express knows for whole ranges of addresses. */
const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** A name or address to listen on. */
export function listenHost() {
  return z
    .string()
    .regex(/^[0-9A-Za-z:.%_-]+$/, { message: 'must be a host name or an IP address, without a port' })
    .describe('host name or IP address');
}

/** NATS server addresses. */
export function natsServers() {
  return commaSeparated('comma-separated addresses, such as nats://host:4222', (part) => {
    const url = parsed(part.includes('://') ? part : `nats://${part}`);
    // Not quoted: an address may hold a password.
    if (url === undefined || url.hostname === '') return 'must be addresses such as nats://host:4222';
    if (!['nats:', 'tls:'].includes(url.protocol)) return 'must use the scheme nats:// or tls://';
    return undefined;
  }).transform((parts) => parts.join(','));
}

/** The address under which others reach a service: absolute, without query and trailing slash. */
export function publicUrl() {
  return z
    .string()
    .refine(isPublicUrl, {
      message: 'must be an absolute http:// or https:// address without login, query or trailing slash',
    })
    .describe('absolute http(s) URL without trailing slash');
}

function isPublicUrl(text: string): boolean {
  const url = parsed(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && !/[?#\s]/.test(text) && !text.endsWith('/');
}

/** An address of another service that is called, such as a collector. */
export function httpUrl() {
  const words = 'absolute http(s) URL without login';
  return z
    .string()
    .refine(isHttpUrl, { message: `must be an ${words}` })
    .describe(words);
}

function isHttpUrl(text: string): boolean {
  const url = parsed(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '';
}

/** Proxies whose `X-Forwarded-*` headers are believed. */
export function trustedProxies() {
  return commaSeparated('comma-separated addresses, CIDR ranges or loopback', (part) =>
    NAMED_RANGES.has(part) || isRange(part) ? undefined : 'must be addresses, CIDR ranges or loopback',
  );
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^(?:0|[1-9][0-9]{0,2})$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** Web origins, spelled exactly as a browser sends them. */
export function webOrigins() {
  return commaSeparated('comma-separated origins, such as https://app.example.com', (part) => {
    if (part.includes('*'))
      return 'must list origins: "*" would let every website use the credentials of its visitors';
    const url = parsed(part);
    if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.origin === part)
      return undefined;
    return 'must be exact origins such as https://app.example.com: lower case, no path, no default port';
  });
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
